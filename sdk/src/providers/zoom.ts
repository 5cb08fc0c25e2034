import type { Preset } from '../verification/preset.ts'

export const zoom: Preset = {
  name: 'zoom',
  title: 'Zoom',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['x-zm-signature'], prefix: 'v0=' },
    timestamp: { from: 'header', name: 'x-zm-request-timestamp', unit: 's', tolerance: 300 },
    signed: 'v0:{t}:{body}',
  },
  id: [['/event_ts', '/payload/object/uuid']],
  type: ['/event'],
  at: ['/event_ts'],
  handshakes: [
    {
      when: { method: 'POST', body: { pointer: '/event', equals: 'endpoint.url_validation' } },
      signature: 'if-present',
      // Not `v0:time:body`: that answer would be the signature of a forged event.
      accepts: { '{body:/payload/plainToken}': '^[A-Za-z0-9_-]{1,128}$' },
      answer: {
        status: 200,
        type: 'application/json',
        json: {
          plainToken: '{body:/payload/plainToken}',
          encryptedToken: '{hmac:sha256:hex:{body:/payload/plainToken}}',
        },
      },
    },
  ],
  replyWithin: 3,
  docs: 'https://developers.zoom.us/docs/api/webhooks/',
}
