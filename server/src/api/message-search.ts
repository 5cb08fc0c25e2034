import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import { parseId } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { PayloadCondition, Scalar } from '../domain/payload-condition.ts'
import { searchMessages } from '../store/message-search.ts'
import { cleanText } from './fields.ts'
import { instant } from './instants.ts'
import { envelope, pageById } from './lists.ts'
import { MessageOut, toEnvelopeJson, toMessageJson } from './message-shape.ts'
import { route } from './route.ts'
import { onTheWire } from './shapes.ts'

const MAX_CONDITIONS = 5
const MAX_DEPTH = 10
const MAX_VALUE = 1_024

const step = () => cleanText(256).min(1)
const scalar = () =>
  onTheWire(
    z.union([cleanText(MAX_VALUE), z.number(), z.boolean(), z.null()], {
      error: 'expected a string, a number, true, false or null',
    }),
    { type: ['string', 'number', 'boolean', 'null'] },
  )

/** `"a.b.0"`, or a list of steps when a name has a dot in it. */
const path = () =>
  onTheWire(
    z
      .union([cleanText(2_560).transform((text) => text.split('.')), z.array(step())], {
        error: 'expected names joined by dots, or a list of names',
      })
      .refine((steps) => steps.length > 0 && steps.length <= MAX_DEPTH && !steps.includes(''), {
        error: `expected 1 to ${MAX_DEPTH} names, none of them empty`,
      }),
    { type: 'string', description: 'Names joined by dots, or a list of them; positions in arrays' },
  )

const Condition = z
  .object({
    path: path(),
    op: z.enum(['eq', 'contains', 'exists']).default('eq'),
    value: scalar().optional(),
  })
  .superRefine(({ op, value }, context) => {
    const problem = problemOf(op, value)
    if (problem !== null) {
      context.addIssue({ code: 'custom', path: ['value'], message: problem, input: value })
    }
  })

function problemOf(op: string, value: Scalar | undefined): string | null {
  if (op === 'exists') {
    return value === undefined || typeof value === 'boolean' ? null : 'expected true or false'
  }
  return value === undefined ? `required: what ${op} compares with` : null
}

export const searchMessage = route({
  method: 'POST',
  path: '/api/v1/app/:app_id/msg/search',
  access: 'application',
  reads: true,
  operationId: 'v1.message.search',
  summary: 'Find messages by type, channel, tag, time, id, eventId or what their payloads say',
  body: z.object({
    limit: z.number().int().min(1).max(250).default(50),
    iterator: cleanText(256).nullish(),
    channel: cleanText(256).nullish(),
    tag: cleanText(256).nullish(),
    event_types: z.array(cleanText(256)).max(500).nullish(),
    before: date().nullish(),
    after: date().nullish(),
    id: z.string().max(256).nullish(),
    event_id: cleanText(256).nullish(),
    payload: z.array(Condition).max(MAX_CONDITIONS).nullish(),
    with_content: z.boolean().default(false),
  }),
  bodyOptional: true,
  // It changes nothing.
  records: { nothing: 'it only looks' },
  transaction: false,
  status: 200,
  output: envelope(MessageOut),
  async handle({ application, body }, { store, clock }) {
    const { channel = null, tag = null, event_types, before = null, after = null } = body
    const { items, looked, done } = await searchMessages(store.db, application.id, {
      request: requestOf(body),
      search: {
        channel,
        tag,
        before,
        after,
        eventTypes: event_types?.length ? event_types : null,
        id: body.id ? idOf(body.id) : null,
        eventId: body.event_id || null,
        payload: (body.payload ?? []).map(toCondition),
      },
      now: clock(),
    })
    const out = (message: Message) => toMessageJson(message, { withContent: body.with_content })
    return toEnvelopeJson({
      data: items.map(out),
      iterator: looked?.last ?? null,
      ...(looked !== null && { prevIterator: `-${looked.first}` }),
      done,
    })
  },
})

function date() {
  return onTheWire(instant(), { type: 'string', format: 'date-time' })
}

function idOf(text: string) {
  const id = parseId('message', text)
  if (id === null) throw invalid(['body', 'id'], `not the id of a message: ${JSON.stringify(text)}`)
  return id
}

function requestOf({ limit, iterator }: { limit: number; iterator?: string | null | undefined }) {
  const where = ['body', 'iterator']
  return pageById({ limit, iterator: iterator ?? undefined }, 'message', 'descending', where)
}

function toCondition({ path, op, value }: z.output<typeof Condition>): PayloadCondition {
  if (op === 'exists') return { path, op, value: value !== false }
  return { path, op, value: value ?? null }
}
