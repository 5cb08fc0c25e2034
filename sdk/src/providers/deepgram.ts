import type { Preset } from '../verification/preset.ts'

export const deepgram: Preset = {
  name: 'deepgram',
  title: 'Deepgram',
  scheme: { kind: 'secret', in: { headers: ['dg-token'] } },
  chosen: 'place',
  id: ['/metadata/request_id', '/request_id'],
  replyWithin: 10,
  docs: 'https://developers.deepgram.com/docs/callback',
}
