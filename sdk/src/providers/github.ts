import type { Preset } from '../verification/preset.ts'

export const github: Preset = {
  name: 'github',
  title: 'GitHub',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Hub-Signature-256'], prefix: 'sha256=' },
  },
  id: ['X-GitHub-Delivery'],
  // `issues.opened`; events without an action are named by the header alone.
  type: [['X-GitHub-Event', '/action'], 'X-GitHub-Event'],
  handshakes: [
    {
      when: { method: 'POST', header: { name: 'X-GitHub-Event', equals: 'ping' } },
      signature: 'required',
      answer: { status: 200 },
    },
  ],
  replyWithin: 10,
  docs: 'https://docs.github.com/webhooks',
}
