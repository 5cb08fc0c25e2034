import type { Preset } from '../verification/preset.ts'

export const vapi: Preset = {
  name: 'vapi',
  title: 'Vapi',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['x-vapi-signature'] },
  },
  chosen: 'place',
  type: ['/message/type'],
  at: ['/message/timestamp'],
  replyWithin: 20,
  docs: 'https://docs.vapi.ai/server-url/server-authentication',
}
