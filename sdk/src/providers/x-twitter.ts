import type { Preset } from '../verification/preset.ts'

export const xTwitter: Preset = {
  name: 'x-twitter',
  title: 'X (Twitter)',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['x-twitter-webhooks-signature'], prefix: 'sha256=' },
  },
  handshakes: [
    {
      when: { method: 'GET', query: ['crc_token'] },
      signature: 'if-present',
      // Not a JSON body: that answer would be the signature of a forged event.
      accepts: { '{query:crc_token}': '^[A-Za-z0-9+/=._-]{1,256}$' },
      answer: {
        status: 200,
        type: 'application/json',
        json: { response_token: 'sha256={hmac:sha256:base64:{query:crc_token}}' },
      },
    },
  ],
  replyWithin: 10,
  docs: 'https://docs.x.com/x-api/webhooks/introduction',
}
