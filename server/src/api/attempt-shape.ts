// How an attempt looks on the wire.
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { Attempt } from '../domain/attempt.ts'
import { time } from './fields.ts'
import { MessageOut } from './message-shape.ts'
import { wireShapes } from './shapes.ts'

export const AttemptOut = z
  .object({
    id: z.string(),
    msgId: z.string(),
    endpointId: z.string(),
    url: z.string(),
    response: z.string(),
    responseStatusCode: z.number(),
    responseDurationMs: z.number(),
    status: z.union([z.literal(0), z.literal(2)]),
    statusText: z.enum(['success', 'fail']),
    triggerType: z.union([z.literal(0), z.literal(1)]),
    timestamp: time(),
    /** Why it failed, in a word and in a sentence. */
    failure: z
      .object({ code: z.string(), detail: z.string().optional(), message: z.string() })
      .optional(),
    /** The message without its payload, for those who ask. */
    msg: MessageOut.optional(),
  })
  .register(wireShapes, { id: 'MessageAttemptOut' })

export const toAttemptOut = (
  attempt: Attempt,
  { withContent }: { withContent: boolean },
): z.input<typeof AttemptOut> => ({
  id: attempt.id,
  msgId: attempt.messageId,
  endpointId: attempt.endpointId,
  url: attempt.url,
  response: withContent ? responseText(attempt) : '{}',
  responseStatusCode: attempt.responseStatus ?? 0,
  responseDurationMs: attempt.durationMs,
  status: attempt.succeeded ? 0 : 2,
  statusText: attempt.succeeded ? 'success' : 'fail',
  triggerType: attempt.trigger === 'scheduled' ? 0 : 1,
  timestamp: attempt.attemptedAt.toISOString(),
  ...(attempt.failureCode !== null && {
    failure: {
      code: attempt.failureCode,
      ...(attempt.failureDetail !== null && { detail: attempt.failureDetail }),
      message: attempt.failureMessage ?? '',
    },
  }),
})

/** The body as text, base64 when it is none; the error when nothing came back. */
function responseText({ expunged, responseBody, responseStatus, failureMessage }: Attempt): string {
  if (expunged) return 'EXPUNGED'
  if (responseStatus === null) return failureMessage ?? ''
  if (responseBody === null) return ''
  const whole = withoutCutCharacter(responseBody)
  return isUtf8(whole) ? whole.toString('utf8') : responseBody.toString('base64')
}

/** How much of a body is kept: what is as long as that may end inside a character. */
const KEPT_BYTES = 20_000

function withoutCutCharacter(body: Buffer): Buffer {
  if (body.length < KEPT_BYTES) return body
  for (let length = 1; length <= 3; length++) {
    const byte = body[body.length - length]!
    if ((byte & 0xc0) === 0x80) continue
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length < wanted ? body.subarray(0, -length) : body
  }
  return body
}
