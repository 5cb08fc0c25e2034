import type { Preset } from '../verification/preset.ts'

export const woocommerce: Preset = {
  name: 'woocommerce',
  title: 'WooCommerce',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['X-WC-Webhook-Signature'] },
  },
  id: ['X-WC-Webhook-Delivery-ID'],
  type: ['X-WC-Webhook-Topic'],
  handshakes: [
    {
      when: { method: 'POST', body: { form: 'webhook_id' } },
      signature: 'none',
      answer: { status: 200 },
    },
  ],
  replyWithin: 60,
  docs: 'https://woocommerce.com/document/webhooks/',
}
