// How a message looks on the wire.
import { z } from 'zod'
import { timeOf } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import { JsonText } from './answer.ts'
import { time } from './fields.ts'
import type { Envelope } from './lists.ts'
import { wireShapes } from './shapes.ts'

export const MessageOut = z
  .object({
    id: z.string(),
    eventId: z.string().nullable(),
    eventType: z.string(),
    payload: z.record(z.string(), z.unknown()),
    channels: z.array(z.string()).nullable(),
    tags: z.array(z.string()).nullable(),
    timestamp: time(),
    deliverAt: time().nullable(),
    /** What its event type's schema finds wrong with the payload, where the policy is `warn`. */
    schemaError: z.string().optional(),
  })
  .register(wireShapes, { id: 'MessageOut' })

/** Put together by hand, so that the payload appears in its own bytes; `more` stands beside it. */
export function toMessageJson(
  message: Omit<Message, 'createdAt'>,
  { withContent, more = {} }: { withContent: boolean; more?: object },
): JsonText {
  const rest = JSON.stringify({ ...toMessageFields(message), ...more })
  return new JsonText(
    `${rest.slice(0, -1)},"payload":${withContent ? payloadText(message) : '{}'}}`,
  )
}

/** Where payloads are never shown. */
export const toBareMessage = (message: Message): z.input<typeof MessageOut> => ({
  ...toMessageFields(message),
  payload: {},
})

const toMessageFields = (message: Omit<Message, 'createdAt' | 'payload'>) => ({
  id: message.id,
  eventId: message.eventId,
  eventType: message.eventType,
  channels: message.channels,
  tags: message.tags,
  timestamp: timeOf(message.id).toISOString(),
  deliverAt: message.deliverAt?.toISOString() ?? null,
  ...(message.schemaError && { schemaError: message.schemaError }),
})

/** A list whose items are JSON already. */
export function toEnvelopeJson({ data, ...rest }: Envelope<JsonText>): JsonText {
  const items = data.map(({ text }) => text).join(',')
  return new JsonText(`{"data":[${items}],${JSON.stringify(rest).slice(1)}`)
}

function payloadText({ payload, contentType }: Pick<Message, 'payload' | 'contentType'>): string {
  if (payload === null) return '{"expired":true}'
  const text = payload.toString('utf8')
  return contentType === null || isObjectText(text) ? text : '{}'
}

/** A raw payload may be anything; clients want an object. */
function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
