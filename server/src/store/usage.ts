// What applications use, counted a part at a time.
import { sql } from 'kysely'
import { type ApplicationId, lowestUuid, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

const NIL = '00000000-0000-0000-0000-000000000000'

export type ApplicationUsage = {
  id: ApplicationId
  uid: string | null
  /** Deliveries: each message counts once for each endpoint that it was for. */
  deliveries: number
}
export type UsageKey = { application: string; message: string }

type Wanted = {
  environmentId: string
  /** Null for all. */
  applicationIds: ApplicationId[] | null
  since: Date
  until: Date
  after: UsageKey | null
  size: { applications: number; messages: number }
}

/**
 * Counts on behind `after`: a few applications, and of them no more than so many messages. The last one
 * may be counted in part and come again.
 */
export async function countUsage(tx: Db, wanted: Wanted) {
  const { environmentId, applicationIds, since, until, after, size } = wanted
  const ids = applicationIds?.map(toUuid) ?? null
  const application = after?.application ?? NIL
  const { rows } = await sql<{
    usage: { id: string; uid: string | null; deliveries: number }[]
    next: UsageKey | null
  }>`
    with apps as materialized (
      select id, uid from application
       where environment_id = ${environmentId} and deleted_at is null and not operational
         and id >= ${application}::uuid
         and (${ids}::uuid[] is null or id = any (${ids}::uuid[]))
       order by id limit ${size.applications}
    ), scanned as materialized (
      select apps.id as application_id, m.id as message_id
        from apps
       cross join lateral (
         select id from message
          where application_id = apps.id
            and id >= ${lowestUuid(since)}::uuid and id < ${lowestUuid(until)}::uuid
            and (apps.id > ${application}::uuid or id > ${after?.message ?? NIL}::uuid)
          order by id limit ${size.messages}
       ) m
       order by apps.id, m.id limit ${size.messages}
    ), last as (
      select application_id, message_id from scanned
       order by application_id desc, message_id desc limit 1
    ), cut as (
      select * from last where (select count(*) from scanned) >= ${size.messages}
    ), counted as (
      select apps.id, apps.uid, count(d.endpoint_id)::int as deliveries
        from apps
        left join scanned s on s.application_id = apps.id
        left join lateral (
          select endpoint_id from finished_delivery where message_id = s.message_id
          union
          select endpoint_id from pending_delivery where message_id = s.message_id and resend = 0
        ) d on true
       where not exists (select from cut where apps.id > cut.application_id)
       group by apps.id, apps.uid
    )
    select (select coalesce(json_agg(c order by c.id), '[]') from counted c) as usage,
           case when exists (select from cut)
                then (select json_build_object('application', application_id, 'message', message_id) from cut)
                when (select count(*) from apps) >= ${size.applications}
                then (select json_build_object('application', max(id::text),
                                               'message', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                        from apps)
           end as next`.execute(tx)
  const { usage, next } = rows[0]!
  return { usage: usage.map((row) => ({ ...row, id: toId('application', row.id) })), next }
}

export type Subscriptions = {
  applicationId: ApplicationId
  /** Event types that an endpoint names. */
  eventTypes: string[]
  /** Whether an endpoint takes all of them. */
  hasCatchAll: boolean
}

/** What the endpoints of the next `size` applications want; an application without one is left out. */
export async function listSubscriptions(
  tx: Db,
  environmentId: string,
  { after, size }: { after: string | null; size: number },
): Promise<{ subscriptions: Subscriptions[]; next: string | null }> {
  const { rows } = await sql<{
    id: string
    event_types: string[]
    has_catch_all: boolean
    endpoints: number
  }>`
    select a.id, coalesce(array_agg(distinct t.name order by t.name) filter (where t.name is not null), '{}')
                   as event_types,
           coalesce(bool_or(e.event_types is null), false) as has_catch_all,
           count(e.id)::int as endpoints
      from (select id from application
             where environment_id = ${environmentId} and deleted_at is null and not operational
               and id > ${after ?? NIL}::uuid
             order by id limit ${size}) a
      left join endpoint e on e.application_id = a.id and e.deleted_at is null
      left join lateral unnest(e.event_types) as t (name) on true
     group by a.id order by a.id`.execute(tx)
  return {
    subscriptions: rows
      .filter(({ endpoints }) => endpoints > 0)
      .map((row) => ({
        applicationId: toId('application', row.id),
        eventTypes: row.event_types,
        hasCatchAll: row.has_catch_all,
      })),
    next: rows.length >= size ? rows.at(-1)!.id : null,
  }
}
