import type { Preset } from '../verification/preset.ts'

export const webflow: Preset = {
  name: 'webflow',
  title: 'Webflow',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['x-webflow-signature'] },
    timestamp: { from: 'header', name: 'x-webflow-timestamp', unit: 'ms', tolerance: 300 },
    signed: '{t}:{body}',
  },
  type: ['/triggerType'],
  replyWithin: 10,
  docs: 'https://developers.webflow.com/data/docs/working-with-webhooks',
}
