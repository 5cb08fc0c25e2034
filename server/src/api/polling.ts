// Fetching messages: with an iterator that the receiver keeps, or as a consumer whose place we keep.
import { z } from 'zod'
import { invalid, notFound } from '../domain/errors.ts'
import { findPlace, keepPlace } from '../store/poller-consumers.ts'
import { type Polled, pollMessages, START, seekMessages } from '../store/poller-messages.ts'
import { JsonText } from './answer.ts'
import { instant } from './instants.ts'
import { dateTime, pageQuery, text } from './lists.ts'
import { MessageOut, toMessageJson } from './message-shape.ts'
import { route } from './route.ts'
import { onTheWire, wireShapes } from './shapes.ts'

const { limit } = pageQuery
const pollQuery = {
  limit,
  iterator: onTheWire(text(), { type: 'string', description: 'The `iterator` of another poll' }),
}

const PollingOut = z
  .object({
    data: z.array(MessageOut),
    /** For the next poll, whatever this one gave. */
    iterator: z.string(),
    done: z.boolean(),
  })
  .register(wireShapes, { id: 'PollingEndpointOut' })

const CONSUMER = '/api/v1/app/:app_id/poller/:poller_id/consumer/:consumer_id'

export const pollingRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/poller/:poller_id',
    access: 'poller',
    operationId: 'v1.message.poller.poll',
    summary:
      'Fetch messages in the order of their arrival; without an iterator only where to begin',
    query: z.object({ ...pollQuery, event_type: text(), channel: text(), after: dateTime() }),
    status: 200,
    output: PollingOut,
    async handle({ poller, query }, { store }) {
      const { iterator, after, limit, event_type: eventType = null, channel = null } = query
      if (iterator === undefined && after === null) return BEGIN
      const position =
        iterator !== undefined
          ? readIterator(iterator)
          : await seekMessages(store.db, poller.id, after!)
      const filter = { limit, eventType, channel }
      return toJson(await pollMessages(store.db, poller.id, { after: position, ...filter }))
    },
  }),

  route({
    method: 'GET',
    path: CONSUMER,
    access: 'poller',
    operationId: 'v1.message.poller.consumer-poll',
    summary: 'Fetch messages; without an iterator those after the last that this consumer got',
    query: z.object(pollQuery),
    status: 200,
    output: PollingOut,
    async handle({ poller, params, query }, { store }) {
      const name = consumerOf(params)
      const { iterator, limit } = query
      const after =
        iterator !== undefined ? readIterator(iterator) : await findPlace(store.db, poller.id, name)
      if (after === null) {
        await keepPlace(store.db, poller.id, { name, position: START })
        return BEGIN
      }
      const all = { limit, eventType: null, channel: null }
      const polled = await pollMessages(store.db, poller.id, { after, ...all })
      await keepPlace(store.db, poller.id, { name, position: polled.position })
      return toJson(polled)
    },
  }),

  route({
    method: 'POST',
    path: `${CONSUMER}/seek`,
    access: 'poller',
    capability: 'CreateAttempts',
    operationId: 'v1.message.poller.consumer-seek',
    summary: 'Move a consumer to the first message accepted at a time or later',
    body: z.object({
      after: onTheWire(instant(), { type: 'string', format: 'date-time' }),
    }),
    status: 200,
    output: z.object({ iterator: z.string() }),
    records: { nothing: 'a place in the list is no configuration' },
    async handle({ poller, params, body }, { store }) {
      const name = consumerOf(params)
      const position = await seekMessages(store.db, poller.id, body.after)
      await keepPlace(store.db, poller.id, { name, position })
      return { iterator: toIterator(position) }
    },
  }),
]

const toIterator = (position: bigint) => `pos_${position}`
const BEGIN = { data: [], iterator: toIterator(START), done: false }

function readIterator(iterator: string): bigint {
  const [, digits] = /^pos_(\d{1,18})$/.exec(iterator) ?? []
  if (digits !== undefined) return BigInt(digits)
  throw invalid(
    ['query', 'iterator'],
    `not an iterator of a poll: ${JSON.stringify(iterator.slice(0, 100))}`,
  )
}

/** Any name will do that an id could have. */
function consumerOf(params: Record<string, string>): string {
  const name = params['consumer_id']!
  if (!/^[a-zA-Z0-9\-_.]{1,256}$/.test(name)) throw notFound()
  return name
}

function toJson({ messages, position, done }: Polled): JsonText {
  const items = messages.map((message) => toMessageJson(message, { withContent: true }).text)
  const rest = JSON.stringify({ iterator: toIterator(position), done })
  return new JsonText(`{"data":[${items.join(',')}],${rest.slice(1)}`)
}
