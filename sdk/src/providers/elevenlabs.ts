import type { Preset } from '../verification/preset.ts'

export const elevenlabs: Preset = {
  name: 'elevenlabs',
  title: 'ElevenLabs',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['ElevenLabs-Signature'], list: { item: ',', pair: '=', field: 'v0' } },
    timestamp: { from: 'list', name: 't', unit: 's', tolerance: 1800 },
    signed: '{t}.{body}',
  },
  id: [['/type', '/data/conversation_id']],
  type: ['/type'],
  at: ['/event_timestamp'],
  replyWithin: 10,
  docs: 'https://elevenlabs.io/docs/product-guides/administration/webhooks',
}
