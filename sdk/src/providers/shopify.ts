import type { Preset } from '../verification/preset.ts'

export const shopify: Preset = {
  name: 'shopify',
  title: 'Shopify',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['X-Shopify-Hmac-Sha256'] },
  },
  id: ['X-Shopify-Event-Id', 'X-Shopify-Webhook-Id'],
  type: ['X-Shopify-Topic'],
  at: ['X-Shopify-Triggered-At'],
  replyWithin: 5,
  docs: 'https://shopify.dev/docs/apps/build/webhooks',
}
