// Writes operational webhooks in the transaction of what they tell of. They are ordinary messages of a
// hidden application, which the engine delivers like any other.
import { sql } from 'kysely'
import { type EnvironmentId, newUuid, toUuid } from '../domain/ids.ts'
import type { OperationalEvent } from '../domain/operational.ts'
import type { Db } from './connect.ts'

/**
 * Common table expressions that store the rows of `event` (id, environment_id, type, payload): as many
 * messages as somebody listens to, with their deliveries, born free and due. An environment where
 * nobody listens pays one probe of an index.
 */
export const STORE_EVENTS = `
  heard as materialized (
    select v.id as message_id, e.id as endpoint_id
      from event v
      join endpoint e on e.application_id = v.environment_id
     where e.deleted_at is null and not e.disabled
       and (e.event_types is null or v.type = any (e.event_types))
  ), told as (
    insert into message (id, application_id, event_type, payload, payload_expires_at)
    select id, environment_id, type, convert_to(payload, 'UTF8'), now() + interval '90 days'
      from event
     where id in (select message_id from heard)
  ), queued as (
    insert into pending_delivery (message_id, endpoint_id, due_at)
    select message_id, endpoint_id, now() from heard
    returning 1
  )`

/** `event` of the statement above, made of three arrays and the environment. */
const FROM_ARRAYS = (environment: string, events: OperationalEvent[]) => sql`
  event as materialized (
    select id, ${environment}::uuid as environment_id, type, payload
      from unnest(${events.map(() => newUuid())}::uuid[],
                  ${events.map(({ type }) => type)}::text[],
                  ${events.map(payloadOf)}::text[]) as v (id, type, payload)
  )`

/** Returns whether anything is now free and due. */
export async function insertOperationalMessages(
  tx: Db,
  environmentId: EnvironmentId,
  events: OperationalEvent[],
): Promise<boolean> {
  if (events.length === 0) return false
  const { rows } = await sql<{ queued: number }>`
    with ${FROM_ARRAYS(toUuid(environmentId), events)}, ${sql.raw(STORE_EVENTS)}
    select count(*)::int as queued from queued`.execute(tx)
  return rows[0]!.queued > 0
}

export const payloadOf = ({ type, data }: OperationalEvent) => JSON.stringify({ type, data })
