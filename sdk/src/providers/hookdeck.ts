import type { Preset } from '../verification/preset.ts'

export const hookdeck: Preset = {
  name: 'hookdeck',
  title: 'Hookdeck',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['x-hookdeck-signature', 'x-hookdeck-signature-2'] },
  },
  id: ['x-hookdeck-eventid'],
  type: ['/type'],
  replyWithin: 60,
  docs: 'https://hookdeck.com/docs/authentication',
}
