import { z } from 'zod'
import { type Caller, visibleFlags } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import { newId } from '../domain/ids.ts'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import { insertAddressedMessage } from '../store/addressed-messages.ts'
import type { Db } from '../store/connect.ts'
import { getEventType } from '../store/event-types.ts'
import { eventTypeName } from './fields.ts'
import { MessageOut, toMessageJson } from './message-shape.ts'
import { route } from './route.ts'

/** A message to see whether anything arrives; needs no event type. */
export const PING = { name: 'svix.ping', payload: { success: true } }
/** The version of a schema that examples are taken from. */
const VERSION = '1'
const DAY_HOURS = 24

export const sendExample = route({
  method: 'POST',
  path: '/api/v1/app/:app_id/endpoint/:endpoint_id/send-example',
  access: 'application',
  capability: 'CreateAttempts',
  operationId: 'v1.endpoint.send-example',
  summary: 'Send an example of an event type to this endpoint only, past all filters',
  body: z.object({ eventType: eventTypeName(), exampleIndex: z.number().int().min(0).default(0) }),
  status: 200,
  output: MessageOut,
  records: { nothing: 'a message is its own record, and it is listed' },
  async handle({ caller, endpoint, application, body }, { store, wakeEngine, retentionDays }) {
    const example = await findExample(store.db, caller, body)
    if (endpoint.disabled) {
      throw new AppError('endpoint_disabled', 'This endpoint is disabled: enable it first')
    }
    const message = {
      id: newId('message'),
      applicationId: application.id,
      eventType: body.eventType,
      eventId: null,
      channels: null,
      tags: null,
      contentType: null,
      payload: example,
      deliverAt: null,
      schemaError: null,
      retentionHours: Math.min(90, retentionDays) * DAY_HOURS,
    }
    await insertAddressedMessage(store.db, endpoint.id, message)
    wakeEngine()
    return toMessageJson(message, { withContent: false })
  },
})

type Wanted = { eventType: string; exampleIndex: number }

/** Throws not_found for an unknown event type, invalid_scheme when it has no such example. */
export async function findExample(db: Db, caller: Caller, wanted: Wanted): Promise<Buffer> {
  if (wanted.eventType === PING.name) return Buffer.from(JSON.stringify(PING.payload))
  const { schemas } = await getEventType(db, caller.environmentId, wanted.eventType, {
    flags: visibleFlags(caller),
  })
  const example = examplesOf(schemas)[wanted.exampleIndex]
  if (example?.[0] !== OPEN_BRACE) {
    throw new AppError(
      'invalid_scheme',
      `Version ${VERSION} of the schema of ${wanted.eventType} has no JSON object as example ${wanted.exampleIndex}`,
    )
  }
  return example
}

const OPEN_BRACE = 0x7b

/** In their own bytes, as an ordinary message would come. */
function examplesOf(schemas: EventType['schemas']): Buffer[] {
  const schema = schemas === null ? null : memberBytes(Buffer.from(schemas), VERSION)
  const examples = schema && memberBytes(schema, 'examples')
  return examples === null ? [] : elementBytes(examples)
}
