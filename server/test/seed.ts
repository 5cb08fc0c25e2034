// Things that tests of the store need in the database, made with the store's own functions.
import { randomBytes } from 'node:crypto'
import type { ApplicationId, EndpointId, EnvironmentId } from '../src/domain/ids.ts'
import { newId } from '../src/domain/ids.ts'
import { generateSecret } from '../src/domain/signing-secret.ts'
import { insertApplication } from '../src/store/applications.ts'
import type { Store } from '../src/store/connect.ts'
import { type EndpointFields, insertEndpoint } from '../src/store/endpoints.ts'
import { ensureDefaultEnvironment } from '../src/store/environments.ts'
import { createSeal } from '../src/store/sealed.ts'
import { acceptMessages, type NewMessage } from '../src/store/statements/accept-messages.ts'

export const seal = createSeal(randomBytes(32).toString('hex'))
export const NODE = '00000000-0000-7000-8000-00000000000a'
export const OTHER_NODE = '00000000-0000-7000-8000-00000000000b'

export async function seedApplication(store: Store, uid: string | null = null) {
  const environmentId = await ensureDefaultEnvironment(store.pool)
  const fields = { uid, name: 'test', throttleRate: null, metadata: {} }
  return insertApplication(store.db, environmentId, fields)
}

export async function seedEndpoint(
  store: Store,
  applicationId: ApplicationId,
  fields: Partial<EndpointFields> = {},
) {
  return insertEndpoint(store.db, seal, applicationId, {
    fields: {
      uid: null,
      url: 'http://127.0.0.1:9/',
      credentials: null,
      description: '',
      disabled: false,
      eventTypes: null,
      channels: null,
      throttleRate: null,
      retrySchedule: null,
      disableAfterFailures: null,
      fifo: false,
      gzip: false,
      filter: undefined,
      metadata: {},
      version: 1,
      ...fields,
    },
    secret: generateSecret(),
    headers: {},
  })
}

export function newMessage(
  environmentId: EnvironmentId,
  application: NewMessage['application'],
  fields: Partial<NewMessage> = {},
): NewMessage {
  return {
    id: newId('message'),
    environmentId,
    application,
    eventType: 'test.event',
    eventId: null,
    channels: null,
    tags: null,
    contentType: null,
    payload: Buffer.from('{}'),
    retentionHours: 2160,
    deliverAt: null,
    schemaError: null,
    idempotency: null,
    ...fields,
  }
}

/** `count` messages for everything that matches; born free, and so due at once. */
export async function seedFreeDeliveries(
  store: Store,
  application: { id: ApplicationId; environmentId: EnvironmentId },
  count: number,
) {
  const messages = Array.from({ length: count }, () =>
    newMessage(application.environmentId, { id: application.id }),
  )
  await acceptMessages(store.hot, messages, { nodeId: NODE, room: 0, full: [] as EndpointId[] })
  return messages.map((message) => message.id)
}
