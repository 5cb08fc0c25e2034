// One message into the store, and never twice: what is taken may be this very request, repeated.
import type { z } from 'zod'
import { AppError, notFound } from '../domain/errors.ts'
import { timeOf } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import { findEarlierRequest, releaseIdempotencyKey } from '../store/idempotent-requests.ts'
import { findMessage } from '../store/messages.ts'
import type { NewMessage } from '../store/statements/accept-messages.ts'
import type { ApplicationIn } from './applications.ts'
import { assertSameBody, type Idempotency } from './idempotency.ts'
import { createOnTheWay } from './inline-application.ts'
import type { HandlerDeps } from './record.ts'

type Deps = Pick<HandlerDeps, 'accept' | 'store' | 'record'>
type Once = { message: Message; isNew: boolean }

/**
 * Resolves when the message is committed. Brings the application along when it does not exist.
 * Throws not_found, conflict for an event id that is taken, 422 for a key used with another body.
 */
export async function acceptOnce(
  message: NewMessage,
  application: z.output<typeof ApplicationIn> | null | undefined,
  deps: Deps,
): Promise<Once> {
  let accepted = await deps.accept(message)
  if (accepted.result === 'no_application' && application) {
    await createOnTheWay(deps.store.db, message.environmentId, {
      body: application,
      record: deps.record,
    })
    accepted = await deps.accept({ ...message, application: { uid: application.uid! } })
  }
  if (accepted.result === 'no_application') throw notFound('Application not found')
  if (accepted.result === 'accepted') {
    const { applicationId } = accepted
    const { id, eventType, eventId, channels, tags, contentType, payload, deliverAt } = message
    const stored = { id, eventType, eventId, channels, tags, contentType, payload, deliverAt }
    const noted = { ...stored, schemaError: message.schemaError }
    return { message: { ...noted, applicationId, createdAt: timeOf(id) }, isNew: true }
  }
  return afterDuplicate(message, application, deps)
}

/** The key was claimed by an earlier request, or by this one and then the event id was taken. */
async function afterDuplicate(
  message: NewMessage,
  application: z.output<typeof ApplicationIn> | null | undefined,
  deps: Deps,
): Promise<Once> {
  const { idempotency, eventId } = message
  const earlier = idempotency && (await findEarlierRequest(deps.store.db, idempotency.key))
  if (earlier === null || earlier.messageId === message.id) {
    if (idempotency !== null) {
      await releaseIdempotencyKey(deps.store.db, idempotency.key, message.id)
    }
    throw new AppError('conflict', `A message with eventId ${eventId} already exists`)
  }
  assertSameBody(earlier, idempotency!)
  const stored = earlier.messageId && (await findMessage(deps.store.db, earlier.messageId))
  if (stored !== null) return { message: stored, isNew: false }
  // It claimed the key, was refused and died before it could free it.
  await releaseIdempotencyKey(deps.store.db, idempotency!.key, earlier.messageId!)
  return acceptOnce(message, application, deps)
}

/** Whether this very request was accepted before: it is not refused for what came to hold since. */
export async function wasAccepted(
  idempotency: Idempotency | null,
  { store }: Pick<HandlerDeps, 'store'>,
): Promise<boolean> {
  const earlier = idempotency && (await findEarlierRequest(store.db, idempotency.key))
  const messageId = earlier?.messageId ?? null
  return messageId !== null && (await findMessage(store.db, messageId)) !== null
}
