import type { Preset } from '../verification/preset.ts'

export const generic: Preset = {
  name: 'generic',
  title: 'Any provider',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['x-signature'] },
  },
  chosen: 'scheme',
  id: ['/id'],
  type: ['/type'],
  replyWithin: 15,
  docs: 'https://www.rfc-editor.org/rfc/rfc2104',
}
