import type { Preset } from '../verification/preset.ts'

export const calCom: Preset = {
  name: 'cal-com',
  title: 'Cal.com',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Cal-Signature-256'] },
  },
  id: [['/triggerEvent', '/payload/uid', '/createdAt']],
  type: ['/triggerEvent'],
  at: ['/createdAt'],
  replyWithin: 10,
  docs: 'https://cal.com/docs/developing/guides/automation/webhooks',
}
