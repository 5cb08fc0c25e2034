import type { Preset } from '../verification/preset.ts'
import { paypalVerifier } from '../verifiers/paypal.ts'

export const paypal: Preset = {
  name: 'paypal',
  title: 'PayPal',
  scheme: { kind: 'custom', verifier: 'paypal' },
  verifier: paypalVerifier,
  id: ['PAYPAL-TRANSMISSION-ID'],
  type: ['/event_type'],
  at: ['/create_time'],
  replyWithin: 30,
  docs: 'https://developer.paypal.com/api/rest/webhooks/',
}
