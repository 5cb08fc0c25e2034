import type { Preset } from '../verification/preset.ts'
import { adyenStandardVerifier } from '../verifiers/adyen-standard.ts'

export const adyen: Preset = {
  name: 'adyen',
  title: 'Adyen',
  scheme: {
    standard: { kind: 'custom', verifier: 'adyen-standard' },
    platform: {
      kind: 'hmac',
      algorithm: 'sha256',
      encoding: 'base64',
      signature: { headers: ['hmacsignature'] },
      key: { encoding: 'hex' },
    },
  },
  verifier: adyenStandardVerifier,
  id: [
    ['/pspReference', '/eventCode', '/success'],
    '/notificationItems/0/NotificationRequestItem/pspReference',
    '/id',
  ],
  type: ['/type', '/notificationItems/0/NotificationRequestItem/eventCode'],
  at: ['/timestamp', '/notificationItems/0/NotificationRequestItem/eventDate'],
  answer: { status: 200, headers: { 'content-type': 'text/plain' }, body: '[accepted]' },
  replyWithin: 10,
  docs: 'https://docs.adyen.com/development-resources/webhooks/',
}
