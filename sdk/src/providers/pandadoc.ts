import type { Preset } from '../verification/preset.ts'

export const pandadoc: Preset = {
  name: 'pandadoc',
  title: 'PandaDoc',
  scheme: { kind: 'hmac', algorithm: 'sha256', encoding: 'hex', signature: { query: 'signature' } },
  redactQuery: ['signature'],
  split: '',
  id: [['/event', '/data/id']],
  type: ['/event'],
  replyWithin: 20,
  docs: 'https://developers.pandadoc.com/docs/webhooks',
}
