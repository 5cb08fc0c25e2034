// What a listener's server says to a capture: its sender gets it, when it is in time.
import { z } from 'zod'
import { MAX_RELAYED_BYTES, type Relayed } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { giveAnswer } from '../store/capture-answers.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const MAX_BASE64 = Math.ceil(MAX_RELAYED_BYTES / 3) * 4

const AnswerIn = z
  .object({
    status: z.number().int().min(200).max(599).optional(),
    headers: z
      .array(
        z.tuple([
          z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, 'the name of a header'),
          z
            .string()
            .max(8_192)
            .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'what may stand in a header'),
        ]),
      )
      .max(100)
      .optional(),
    /** In base64. */
    body: z.base64().max(MAX_BASE64).optional(),
    /** In place of a status: why there is no answer. The sender gets the bin's own, unless another listener answers. */
    failure: z
      .string()
      .regex(/^[\w .-]{1,64}$/, 'a few words')
      .optional(),
  })
  .register(wireShapes, { id: 'CaptureAnswerIn' })

export const answerCapture = route({
  method: 'POST',
  path: '/api/v1/bin/:bin_id/capture/:capture_id/answer',
  access: 'environment',
  operationId: 'bellwire.bin.answer-capture',
  summary: 'Answer the sender of a capture, who waits while somebody listens to the bin',
  body: AnswerIn,
  status: 200,
  /** False when it came too late, or another listener was first. */
  output: z.object({ relayed: z.boolean() }).register(wireShapes, { id: 'CaptureAnswerOut' }),
  records: { nothing: 'it is a part of an exchange, of which the capture tells' },
  async handle({ bin, params, body }, { store, captureAnswered }) {
    const given = { capture: params['capture_id']!, relayed: toRelayed(body) }
    const { seq, counts } = await giveAnswer(store.db, bin.id, given)
    if (counts) captureAnswered(bin.id, seq)
    return { relayed: counts }
  },
})

function toRelayed({ status, headers, body, failure }: z.output<typeof AnswerIn>): Relayed {
  if ((status === undefined) === (failure === undefined)) {
    throw invalid(['body', 'status'], 'expected either a status or a failure')
  }
  if (status === undefined) return { kind: 'failed', failure: failure! }
  const bytes = Buffer.from(body ?? '', 'base64')
  return { kind: 'answered', status, headers: headers ?? [], body: bytes }
}
