import type { Preset } from '../verification/preset.ts'

export const slack: Preset = {
  name: 'slack',
  title: 'Slack',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Slack-Signature'], prefix: 'v0=' },
    timestamp: { from: 'header', name: 'X-Slack-Request-Timestamp', unit: 's', tolerance: 300 },
    signed: 'v0:{t}:{body}',
  },
  id: ['/event_id', '/trigger_id'],
  type: ['/event/type', '/type', '/command'],
  at: ['/event_time'],
  formField: 'payload',
  handshakes: [
    {
      when: { method: 'POST', body: { pointer: '/type', equals: 'url_verification' } },
      signature: 'required',
      answer: { status: 200, type: 'text/plain', text: '{body:/challenge}' },
    },
  ],
  replyWithin: 3,
  docs: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
}
