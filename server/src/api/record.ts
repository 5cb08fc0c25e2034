// How handlers note what they changed. The request says who and by which operation; the handler says what.
import type { Caller } from '../domain/access.ts'
import type { Actor, Change, Fields } from '../domain/change.ts'
import { toId } from '../domain/ids.ts'
import { recordChange } from '../store/changes.ts'
import type { Db } from '../store/connect.ts'
import type { ApiDeps } from './deps.ts'

/** `db` is the transaction of the change. */
export type Recorder = (db: Db, change: Change) => Promise<void>

/** What handlers get. */
export type HandlerDeps = ApiDeps & { record: Recorder }

type Request = { caller: Caller; requestId: string; operation: string }

export const recorderOf =
  ({ caller, requestId, operation }: Request): Recorder =>
  (db, change) => {
    const { environmentId } = caller
    return recordChange(db, { environmentId, actor: actorOf(caller), operation, requestId }, change)
  }

function actorOf(caller: Caller): Actor {
  if (caller.kind === 'key') return { kind: 'api-key', id: caller.keyId, sessionId: null }
  if (caller.kind === 'poller')
    return { kind: 'poller-token', id: caller.pollerId, sessionId: null }
  if (caller.kind === 'hooks') return { kind: 'hook-url', id: caller.hookUrlId, sessionId: null }
  const { keyId, sessionId } = caller
  return { kind: 'application-token', id: toId('applicationToken', keyId), sessionId }
}

/** The members of a thing that say something: not who owns it, and not when it was changed. */
export function fieldsOf(thing: object): Fields {
  const { environmentId, applicationId, updatedAt, ...fields } = thing as Fields
  return fields
}
