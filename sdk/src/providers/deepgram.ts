import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const deepgram: Preset = {
  name: 'deepgram',
  title: 'Deepgram',
  scheme: { kind: 'secret', in: { headers: ['dg-token'] } },
  chosen: 'place',
  id: ['/metadata/request_id', '/request_id'],
  checkers: { secret: verifySecret },
  replyWithin: 10,
  docs: 'https://developers.deepgram.com/docs/callback',
}
