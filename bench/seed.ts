// What is there before a measurement, written by SQL into the database of the server: an hour's work of
// the engine in a minute. Of another application than the one measured, as in real life.
import type { Pool } from 'pg'
import { connect } from '../server/src/store/connect.ts'
import { attachEmbedded } from '../server/src/store/embedded/attach.ts'
import { createPartitions } from '../server/src/store/partitions.ts'

type Seed = { waiting: number; history: number }

const ENDPOINTS = 1_000
/** Short enough for the timeout that every statement has. */
const CHUNK = 20_000
const DAY_MS = 24 * 3600 * 1000

export async function seed(dataDirectory: string, { waiting, history }: Seed): Promise<void> {
  if (waiting === 0 && history === 0) return
  const connection = await attachEmbedded(dataDirectory)
  if (connection === null) throw new Error(`No database runs in ${dataDirectory}.`)
  const store = connect(connection, { onError: (error) => console.error(error) })
  try {
    for (const weeks of [3, 2, 1]) {
      await createPartitions(store.pool, new Date(Date.now() - weeks * 7 * DAY_MS))
    }
    await store.pool.query(OWNER, [ENDPOINTS])
    await inChunks(store.pool, waiting, [WAITING])
    await inChunks(store.pool, history, [HISTORY])
    // As a server that has run for a while: the planner and the visibility map know what is there.
    const client = await store.pool.connect()
    await client.query('set statement_timeout = 0')
    for (const table of ['pending_delivery', 'message', 'finished_delivery', 'attempt']) {
      await client.query(`vacuum analyze ${table}`)
    }
    client.release(true)
  } finally {
    await store.close()
  }
}

async function inChunks(pool: Pool, rows: number, statements: string[]) {
  for (let at = 0; at < rows; at += CHUNK) {
    for (const statement of statements) {
      await pool.query(statement, [Math.min(CHUNK, rows - at), ENDPOINTS])
    }
  }
}

const OWNER = `
  with owner as (
    insert into application (id, environment_id, name)
    select uuidv7(), id, 'bench: others' from environment limit 1
    returning id
  )
  insert into endpoint (id, application_id, url, uid)
  select uuidv7(), owner.id, 'http://127.0.0.1:9/', 'others-' || n
    from owner, generate_series(0, $1::int - 1) as n`

const PAYLOAD = `convert_to('{"pad":"' || repeat('x', 300) || '"}', 'utf8')`

/** Retries that are due in some hours, after a failure each. */
const WAITING = `
  with made as (
    insert into message (id, application_id, event_type, payload, payload_expires_at)
    select uuidv7(), e.application_id, 'bench.waiting', ${PAYLOAD}, now() + interval '90 days'
      from generate_series(1, $1::int) as n
      join endpoint e on e.uid = 'others-0'
    returning id
  )
  insert into pending_delivery (message_id, endpoint_id, attempts, due_at)
  select m.id, e.id, 1, now() + interval '1 hour' + random() * interval '9 hours'
    from (select id, row_number() over () as n from made) m
    join endpoint e on e.uid = 'others-' || (m.n % $2::int)`

/** Delivered at the first try, over the last three weeks. */
const HISTORY = `
  with made as (
    insert into message (id, application_id, event_type, payload, payload_expires_at)
    select uuidv7(-random() * interval '20 days'), e.application_id, 'bench.history', ${PAYLOAD},
           now() + interval '90 days'
      from generate_series(1, $1::int) as n
      join endpoint e on e.uid = 'others-0'
    returning id
  ), numbered as materialized (
    select m.id, e.id as endpoint_id
      from (select id, row_number() over () as n from made) m
      join endpoint e on e.uid = 'others-' || (m.n % $2::int)
  ), done as (
    insert into finished_delivery (message_id, endpoint_id, status, attempts)
    select id, endpoint_id, 1, 1 from numbered
  )
  insert into attempt (id, message_id, endpoint_id, resend, succeeded, url, response_status, duration_ms)
  select uuidv7(-random() * interval '20 days'), id, endpoint_id, 0, true, 'http://127.0.0.1:9/', 204, 5
    from numbered`
