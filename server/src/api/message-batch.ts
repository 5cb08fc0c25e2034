// Many messages in one request. Each stands alone: what is wrong with one is its own answer, and the
// others are accepted. They go through the same statement as single ones, some hundred at a time.
import type { FastifyError } from 'fastify'
import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import { findApplication } from '../store/applications.ts'
import { claimIdempotencyKey } from '../store/idempotent-requests.ts'
import { JsonText } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { toAppError, toErrorAnswer } from './errors.ts'
import { fewAtATime } from './few-at-a-time.ts'
import { answered, assertSameBody, type Idempotency, idempotencyOfItem } from './idempotency.ts'
import { createOnTheWay } from './inline-application.ts'
import { toKnown } from './known-errors.ts'
import { flag } from './lists.ts'
import { MessageOut, toMessageJson } from './message-shape.ts'
import { acceptMessage, MessageIn } from './messages.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { onTheWire } from './shapes.ts'

const MAX_MESSAGES = 1_000
/** Payloads of a batch that are held against schemas at the same time: others send too. */
const CHECKS = 20

const BatchOut = z.object({
  results: z.array(
    z.object({
      /** What the message would have been answered on its own. */
      status: z.number().int(),
      message: MessageOut.optional(),
      error: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
})

export const createMessageBatch = route({
  method: 'POST',
  path: '/api/v1/app/:app_ref/msg/batch',
  access: 'environment',
  sends: true,
  operationId: 'bellwire.message.create-batch',
  summary: 'Accept up to 1000 messages, each on its own; the results come in their order',
  query: z.object({ with_content: flag(true) }),
  body: z.object({
    messages: onTheWire(z.array(z.unknown()).min(1).max(MAX_MESSAGES), {
      type: 'array',
      items: { $ref: '#/components/schemas/MessageIn' },
      minItems: 1,
      maxItems: MAX_MESSAGES,
    }),
  }),
  status: 202,
  output: BatchOut,
  records: { nothing: 'a message is its own record; an application that it brings is noted' },
  // Each message is committed with those that arrive at the same time, and none waits for another.
  transaction: false,
  async handle({ caller, params, query, body, bytes, idempotency, requestId, trace }, deps) {
    const reference = params['app_ref']!
    const texts = elementBytes(memberBytes(bytes, 'messages')!)
    const items = body.messages.map((value, index) => ({
      parsed: MessageIn.safeParse(value),
      bytes: texts[index]!,
    }))
    await assertThere(reference, { caller, items }, deps)
    const isRepeated = idempotency !== null && (await isClaimed(idempotency, deps))
    const withContent = query.with_content
    const { schemas } = deps
    const problemOfPayload = fewAtATime(CHECKS, schemas.problemOfPayload)
    const patient = { ...deps, schemas: { ...schemas, problemOfPayload } }

    const accept = async ({ parsed, bytes }: Item, index: number): Promise<string> => {
      try {
        if (!parsed.success) throw toAppError(parsed.error, 'body')
        const own = idempotency && idempotencyOfItem(idempotency, index)
        const given = { reference, caller, body: parsed.data, bytes, idempotency: own, trace }
        const { message } = await acceptMessage(given, patient)
        return `{"status":202,"message":${toMessageJson(message, { withContent }).text}}`
      } catch (error) {
        const known = ofItem(toKnown(error as FastifyError | AppError, deps), index)
        const { status, body } = toErrorAnswer(known, requestId)
        return JSON.stringify({ status, error: body })
      }
    }
    const results = await Promise.all(items.map(accept))
    const json = new JsonText(`{"results":[${results.join(',')}]}`)
    return isRepeated ? answered(202, json) : json
  },
})

type Item = { parsed: z.ZodSafeParseResult<z.output<typeof MessageIn>>; bytes: Buffer }

/** Throws not_found for an application that is not there, unless a message brings it along. */
async function assertThere(
  reference: string,
  { caller, items }: { caller: Caller; items: Item[] },
  { store, record }: HandlerDeps,
): Promise<void> {
  const known = reference.includes('\0')
    ? null
    : await findApplication(store.db, caller.environmentId, reference)
  if (known !== null) return
  const brought = items
    .map(({ parsed }) => parsed.data?.application)
    .find((application) => application?.uid === reference)
  if (!brought) throw notFound('Application not found')
  await createOnTheWay(store.db, caller.environmentId, { body: brought, record })
}

/** Whether the request was made before. Its messages have keys of their own; this one is for its body. */
async function isClaimed(idempotency: Idempotency, { store }: ApiDeps): Promise<boolean> {
  const earlier = await claimIdempotencyKey(store.db, idempotency)
  if (earlier !== null) assertSameBody(earlier, idempotency)
  return earlier !== null
}

/** Says which of the messages has the problem. */
function ofItem(error: AppError, index: number): AppError {
  if (error.code !== 'validation') return error
  const problems = error.problems.map((problem) => {
    const [where, ...rest] = problem.loc
    return where === 'body'
      ? { ...problem, loc: ['body', 'messages', `[${index}]`, ...rest] }
      : problem
  })
  return new AppError('validation', error.message, { problems })
}
