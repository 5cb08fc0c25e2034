import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const okta: Preset = {
  name: 'okta',
  title: 'Okta',
  scheme: { kind: 'secret', in: { headers: ['Authorization'] }, scheme: 'bearer' },
  id: ['/eventId'],
  type: ['/data/events/0/eventType', '/eventType'],
  at: ['/eventTime'],
  handshakes: [
    {
      when: { method: 'GET', header: 'X-Okta-Verification-Challenge' },
      signature: 'required',
      answer: {
        status: 200,
        type: 'application/json',
        json: { verification: '{header:X-Okta-Verification-Challenge}' },
      },
    },
  ],
  checkers: { secret: verifySecret },
  replyWithin: 3,
  docs: 'https://developer.okta.com/docs/concepts/event-hooks/',
}
