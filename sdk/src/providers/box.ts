import type { Preset } from '../verification/preset.ts'

export const box: Preset = {
  name: 'box',
  title: 'Box',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['BOX-SIGNATURE-PRIMARY', 'BOX-SIGNATURE-SECONDARY'] },
    timestamp: { from: 'header', name: 'BOX-DELIVERY-TIMESTAMP', unit: 'iso', tolerance: 600 },
    signed: '{body}{t}',
  },
  id: ['BOX-DELIVERY-ID'],
  type: ['/trigger'],
  at: ['/created_at'],
  replyWithin: 30,
  docs: 'https://developer.box.com/guides/webhooks/v2/',
}
