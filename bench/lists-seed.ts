// A history as large as asked for, of one application, written by SQL: what would take the engine half
// an hour takes a minute. Ids are UUIDv7s of the time they claim, so every row lies in its partition.
import type { Pool } from '../server/src/store/connect.ts'
import { createPartitions } from '../server/src/store/partitions.ts'

export type Spread = 'weeks' | 'days'
export type Statistics = 'fresh' | 'none'
type History = { rows: number; spread: Spread; statistics: Statistics }

const DAY_MS = 24 * 3600 * 1000
const SPREAD_DAYS: Record<Spread, number> = { weeks: 89, days: 3 }
/** Short enough for the timeout that every statement has. */
const CHUNK = 20_000
const PENDING = 3_000
const ATTEMPTS_OF_ONE = 300
const OTHERS = { applications: 10_000, eventTypes: 500, tasks: 2_000, endpoints: 1_000 }

/** One in 100,000 of the rows has what is rare; nothing has what is `never`. */
export const NAMES = { common: 'order.type00', second: 'order.type05', rare: 'order.rare' }

/** Writes the history; the same rows, the same answers, however often it is run. */
export async function seedHistory(
  pool: Pool,
  { rows, spread, statistics }: History,
): Promise<void> {
  const now = Date.now()
  const from = now - SPREAD_DAYS[spread] * DAY_MS
  for (let time = from; time < now + 7 * DAY_MS; time += 7 * DAY_MS) {
    await createPartitions(pool, new Date(time))
  }
  const partitions = await listPartitions(pool)
  if (statistics === 'none') {
    // As after a restore or a sudden rush: the planner knows nothing but the size of the files.
    for (const name of partitions) {
      await pool.query(`alter table ${name} set (autovacuum_enabled = false)`)
    }
  }
  await pool.query('set synchronous_commit = off')
  await pool.query(FUNCTIONS)
  await pool.query(OWNERS, [OTHERS.applications, OTHERS.eventTypes, OTHERS.endpoints, OTHERS.tasks])
  const step = (now - 60_000 - from) / rows
  for (let at = 0; at < rows; at += CHUNK) {
    const range = [at, Math.min(at + CHUNK, rows) - 1, from, step]
    for (const statement of [MESSAGES, EVENT_IDS, DELIVERIES, ATTEMPTS]) {
      await pool.query(statement, range)
    }
  }
  await pool.query(PENDING_MESSAGES, [rows, now - 50_000, PENDING])
  await pool.query(PENDING_DELIVERIES, [rows, now - 50_000, PENDING])
  await pool.query(MANY_ATTEMPTS, [rows >> 1, from, step, ATTEMPTS_OF_ONE])
  if (statistics === 'fresh') {
    for (const name of [...partitions, 'pending_delivery', 'endpoint', 'application']) {
      await pool.query(`vacuum analyze ${name}`)
    }
  }
}

async function listPartitions(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
      where inhparent::regclass::text in ('message', 'finished_delivery', 'attempt')`,
  )
  return rows.map(({ name }) => name)
}

// Kind 0 is of messages, 1 of attempts, 2 of others: no two things share an id.
const FUNCTIONS = `
  create or replace function bench_id(ms double precision, n bigint, kind int) returns uuid
    language sql immutable as $$
      select (lpad(to_hex(floor(ms)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') ||
              '8' || kind || substr(md5(n::text), 1, 14))::uuid $$;
  create or replace function bench_endpoint(n bigint) returns uuid
    language sql stable as $$
      select id from endpoint
       where uid = case when n % 50000 = 7 then 'quiet' when n % 10 = 0 then 'second' else 'busy' end $$;
  create or replace function bench_status(n bigint) returns smallint
    language sql immutable as $$
      select case when n % 100000 = 99 then 3 when n % 20 = 3 then 2 else 1 end::smallint $$;
  create or replace function bench_type(n bigint) returns text
    language sql immutable as $$
      select case when n % 100000 = 777 then 'order.rare'
                  else 'order.type' || lpad(floor(18 * power((n * 7919 % 1000) / 1000.0, 2))::text, 2, '0')
             end $$`

const OWNERS = `
  with environment as (select id from environment order by id limit 1),
  others as (
    insert into application (id, environment_id, uid, name)
    select bench_id(1700000000000 + n, n, 2), environment.id, 'other-' || n, 'Other ' || n
      from environment, generate_series(1, $1::int) n returning id, uid
  ), owner as (
    insert into application (id, environment_id, uid, name)
    select bench_id(1690000000000, 0, 2), id, 'history', 'History' from environment returning id
  ), endpoints as (
    insert into endpoint (id, application_id, uid, url, disabled)
    select bench_id(1700000000000 + n, n, 3), owner.id, (array['busy', 'second', 'quiet'])[n],
           'http://127.0.0.1:9/', false
      from owner, generate_series(1, 3) n
  ), many as (
    insert into endpoint (id, application_id, uid, url)
    select bench_id(1700000100000 + n, n, 3), others.id, null, 'http://127.0.0.1:9/'
      from others, generate_series(1, $3::int) n where others.uid = 'other-1'
  ), types as (
    insert into event_type (environment_id, name, description)
    select id, 'listed.type' || lpad(n::text, 4, '0'), 'One of many'
      from environment, generate_series(1, $2::int) n
  )
  insert into background_task (id, environment_id, kind, parameters, status)
  select bench_id(1700000000000 + n, n, 4), id, 'application.purge_content', '{}', 'finished'
    from environment, generate_series(1, $4::int) n`

const FIELDS =
  'id, application_id, event_type, event_id, channels, tags, payload, payload_expires_at'
const MESSAGE_OF = `
  bench_type(n), 'event-' || n,
  case when n % 100000 = 555 then array['rare'] when n % 10 < 3 then array['eu', 'shop'] end,
  case when n % 100000 = 333 then array['rare'] when n % 10 < 2 then array['paid'] end,
  convert_to('{"order":' || n || ',"text":"' || repeat(md5(n::text), 12) || '"}', 'UTF8'),
  now() + interval '30 days'`

const MESSAGES = `
  insert into message (${FIELDS})
  select bench_id($3 + n * $4::float8, n, 0), a.id, ${MESSAGE_OF}
    from generate_series($1::bigint, $2::bigint) n, application a where a.uid = 'history' order by n`

const EVENT_IDS = `
  insert into message_event_id (application_id, event_id, message_id)
  select a.id, 'event-' || n, bench_id($3 + n * $4::float8, n, 0)
    from generate_series($1::bigint, $2::bigint) n, application a where a.uid = 'history'`

const DELIVERIES = `
  insert into finished_delivery (message_id, endpoint_id, status, reason, attempts, finished_at)
  select bench_id($3 + n * $4::float8, n, 0), bench_endpoint(n), bench_status(n),
         case bench_status(n) when 2 then 'exhausted' when 3 then 'endpoint_disabled' end, 1,
         to_timestamp(($3 + n * $4::float8) / 1000)
    from generate_series($1::bigint, $2::bigint) n`

const HEADERS = `'{"content-type":"application/json","user-agent":"Bellwire","webhook-id":"msg","webhook-timestamp":"1700000000"}'`
const ATTEMPT_FIELDS = `id, message_id, endpoint_id, resend, succeeded, url, request_headers,
                        response_status, response_headers, response_body, failure_code, duration_ms`

// Of what failed most is 500, some 404 or no answer, one in 100,000 a redirect; nothing is a 1xx.
const ATTEMPTS = `
  insert into attempt (${ATTEMPT_FIELDS})
  select bench_id($3 + n * $4::float8 + 40, n, 1), bench_id($3 + n * $4::float8, n, 0), bench_endpoint(n), 0,
         bench_status(n) = 1, 'http://127.0.0.1:9/', ${HEADERS},
         case when bench_status(n) = 1 then 200
              when n % 100000 = 23 then 302 when n % 100 = 3 then 404 when n % 100 <> 23 then 500 end,
         '[["content-type","text/plain"]]', convert_to(repeat('answer ', 40), 'UTF8'),
         case when bench_status(n) <> 1 then 'http_status' end, 12
    from generate_series($1::bigint, $2::bigint) n`

const PENDING_MESSAGES = `
  insert into message (${FIELDS})
  select bench_id($2::float8 + (n - $1::bigint) / 1000.0, n, 0), a.id, ${MESSAGE_OF}
    from generate_series($1::bigint, $1::bigint + $3::bigint - 1) n, application a where a.uid = 'history'`

// Due tomorrow, so that nothing is sent; every second one had an attempt before.
const PENDING_DELIVERIES = `
  insert into pending_delivery (message_id, endpoint_id, due_at, attempts)
  select bench_id($2::float8 + (n - $1::bigint) / 1000.0, n, 0), bench_endpoint(n), now() + interval '1 day', n % 2
    from generate_series($1::bigint, $1::bigint + $3::bigint - 1) n`

const MANY_ATTEMPTS = `
  insert into attempt (${ATTEMPT_FIELDS})
  select bench_id($2 + $1::bigint * $3::float8 + k * 1000, k, 5), bench_id($2 + $1::bigint * $3::float8, $1::bigint, 0),
         bench_endpoint($1::bigint), k, true, 'http://127.0.0.1:9/', ${HEADERS},
         200, '[]', convert_to('ok', 'UTF8'), null, 12
    from generate_series(1, $4::int) k`
