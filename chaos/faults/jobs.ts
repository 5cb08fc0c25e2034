// §8: long jobs that kill -9 cuts in the middle.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { createPartitions } from '../../server/src/store/partitions.ts'
import { type Fault, sleep, until } from '../fault.ts'
import type { Ledger } from '../publisher.ts'
import { newStand, type Stand } from '../stand.ts'

/** What a node was about to record may be lost with it. */
const RECORD_BATCH = 500
/** The request timeout of `BASE_ENV`, and a second. */
const IN_HAND_MS = 3_000
const WEEK_MS = 7 * 24 * 3_600_000
/** Beyond the 90 days that messages are kept. */
const OLD_MS = 20 * WEEK_MS
const SHORT_HOURS = { NODE_OPTIONS: `--import=${new URL('../short-hours.ts', import.meta.url)}` }

type Replay = {
  ledger: Ledger
  endpoint: string
  path: string
  body?: object
  /** Killed also in the first step, which gets no further than the endpoint's row. */
  inStep?: boolean
}

/** Kills the node while the endpoint is sent what `kind` chooses: all that was published. */
async function cutReplay(stand: Stand, kind: string, replay: Replay) {
  const { ledger, endpoint, path, body, inStep = false } = replay
  const { node, app, recorder, pg: postgres, database } = stand
  const wanted = ledger.accepted.size
  const since = new Date(Date.now() - 3_600_000).toISOString()
  const came = async () => (await recorder.records()).filter((record) => record.path === path)
  const progress: number[] = []
  const kills: number[] = []
  let allowed = 0
  let task = ''
  const read = async () => {
    const { body } = await node.call('GET', `/background-task/${task}`)
    progress.push(Number(body['data']?.['messagesSent'] ?? 0))
    return body['status'] as string
  }
  const kill = async () => {
    assert.equal(await read(), 'running', `${kind} is killed on its way`)
    allowed += (await node.figure('bellwire_in_flight')) + RECORD_BATCH
    await node.end()
    kills.push(Date.now())
  }

  const session = await postgres.session(database)
  if (inStep) await session.query('begin; select from endpoint for update')
  const started = await node.call('POST', `/app/${app}/endpoint/${endpoint}/${kind}`, {
    since,
    ...body,
  })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  task = started.body['id']
  if (inStep) {
    await until('a step is under way', () => waiting(stand, '%"endpoint"%for no key update%'))
    await kill()
    await node.start()
  }
  await session.end()
  for (let killed = 1; killed <= 2; killed++) {
    const moment = (await recorder.figures()).count + 200
    await until('some have come', async () => (await recorder.figures()).count >= moment, {
      within: 30_000,
    })
    await kill()
    await node.start()
  }
  await until(`${kind} is finished`, async () => (await read()) === 'finished', { within: 60_000 })
  await stand.drained()

  const sorted = progress.toSorted((a, b) => a - b)
  assert.deepEqual(progress, sorted, 'progress never goes back')
  assert.equal(progress.at(-1), wanted, 'no message skipped or counted twice')
  const byEvent = Map.groupBy(await came(), ({ eventId }) => eventId)
  assert.equal(byEvent.size, wanted, `${kind} has sent every message`)
  const repeated = [...byEvent.values()].filter((all) => all.length > 1)
  for (const [first] of repeated)
    assert.ok(
      kills.some((at) => first!.at <= at && first!.at > at - IN_HAND_MS),
      `${first!.eventId} was in no node's hands when it was killed`,
    )
  const repeats = repeated.reduce((sum, all) => sum + all.length - 1, 0)
  assert.ok(repeats <= allowed, `${repeats} repeats, allowed ${allowed}`)
  return { allowed, told: `${kind} ${repeats} of ${allowed} repeats` }
}

/** Whether one of the node's statements like this waits for a lock. */
const waiting = async ({ sql, database }: Stand, like: string) =>
  (
    await sql(
      `select from pg_stat_activity
        where datname = $1 and wait_event_type = 'Lock' and query like $2`,
      [database, like],
    )
  ).length > 0

const numberOf = async ({ sql }: Stand, from: string) =>
  Number((await sql(`select count(*)::int as n from ${from}`))[0]!['n'])

/** Partitions of long ago, and in them whatever was published as `old`. The node is down. */
async function age({ sql, pg: postgres, database }: Stand) {
  const pool = new pg.Pool({ connectionString: postgres.urlOf(database), max: 1 })
  await createPartitions(pool, new Date(Date.now() - OLD_MS))
  await pool.end()
  await sql(
    `create function moved(id uuid, ms bigint) returns uuid language sql immutable as $$
       select (lpad(to_hex(('x' || left(hex, 12))::bit(48)::bigint + ms), 12, '0') || substr(hex, 13))::uuid
         from (select replace(id::text, '-', '') as hex) h $$`,
  )
  await sql("create table old as select id from message where event_id like 'old-%'")
  for (const [table, ...columns] of [
    ['message', 'id'],
    ['message_event_id', 'message_id'],
    ['finished_delivery', 'message_id'],
    ['attempt', 'message_id', 'id'],
  ]) {
    const moves = columns.map((column) => `${column} = moved(${column}, $1)`).join()
    await sql(`update ${table} set ${moves} where ${columns[0]} in (select id from old)`, [-OLD_MS])
  }
  await sql('update old set id = moved(id, $1)', [-OLD_MS])
  await sql(
    `insert into pending_delivery (message_id, endpoint_id, due_at)
     select id, (select id from endpoint limit 1), now() + interval '1 day' from old limit 10`,
  )
}

/** Whatever is left of the old messages: a part of them is never gone alone. */
const leftOf = async (stand: Stand) => ({
  partitions: await numberOf(
    stand,
    `pg_inherits
      where inhparent = any ('{message,finished_delivery,attempt,inbound_request}'::regclass[])
        and right(inhrelid::regclass::text, 8) < to_char(now() - interval '100 days', 'YYYYMMDD')`,
  ),
  messages: await numberOf(stand, 'message where id in (select id from old)'),
  eventIds: await numberOf(stand, 'message_event_id where message_id in (select id from old)'),
  pending: await numberOf(stand, 'pending_delivery where message_id in (select id from old)'),
  finished: await numberOf(stand, 'finished_delivery where message_id in (select id from old)'),
  attempts: await numberOf(stand, 'attempt where message_id in (select id from old)'),
})

async function cutDrop(stand: Stand, count: number) {
  const { node, sql, pg: postgres, database } = stand
  const whole = await leftOf(stand)
  assert.deepEqual(whole, {
    ...{ partitions: 24, messages: count, eventIds: count },
    ...{ pending: 10, finished: count, attempts: count },
  })
  for (const table of ['attempt', 'message']) {
    const [{ name }] = (await sql(
      'select min(inhrelid::regclass::text) as name from pg_inherits where inhparent = $1::regclass',
      [table],
    )) as [{ name: string }]
    const session = await postgres.session(database)
    await session.query(`begin; lock table ${name} in access share mode`)
    await node.start()
    await until('the drop is under way', () => waiting(stand, 'drop table%'), { every: 10 })
    await node.end()
    // It gives up by itself: its caller is gone.
    const over = async () => !(await waiting(stand, 'drop table%'))
    await until('its transaction is over', over)
    await session.end()
    assert.deepEqual(await leftOf(stand), whole, 'all or nothing')
  }
  await node.start()
  await until('it is done in the end', async () => (await leftOf(stand)).partitions === 0)
  assert.ok(Object.values(await leftOf(stand)).every((left) => left === 0))
  return `a drop of ${whole.partitions} partitions`
}

/** 12,000 payloads whose time is over, among others; the node is down. */
async function endPayloads({ sql }: Stand) {
  await sql(
    `insert into message
     select (jsonb_populate_record(m, jsonb_build_object('id', moved(id, n), 'event_id', null))).*
       from message m cross join generate_series(1, 11) n where event_id like 'ends-%'`,
  )
  await sql(
    "create table ended as select id from message where event_id is null or event_id like 'ends-%'",
  )
  await sql(
    `update message set payload_expires_at = now() - interval '1 minute'
      where id in (select id from ended)`,
  )
}

async function cutErasure(stand: Stand) {
  const { node, pg: postgres, database } = stand
  const erased = () => numberOf(stand, 'message where payload is null')
  const steps = [0]
  for (const place of [7_000, 10_500]) {
    const session = await postgres.session(database)
    await session.query(
      `begin; select from message where id = (select id from ended order by id offset ${place} limit 1)
          for update`,
    )
    await node.start()
    await until('the erasure is under way', () => waiting(stand, '%looked_at%'), { every: 10 })
    await node.end()
    steps.push(await erased())
    await session.end()
    await until('its statement is over', async () => !(await waiting(stand, '%looked_at%')))
  }
  await node.start()
  const total = await numberOf(stand, 'ended')
  await until('all are erased', async () => (await erased()) === total)
  steps.push(total)
  assert.equal(
    await numberOf(stand, 'message where id in (select id from ended) and payload is not null'),
    0,
  )
  assert.ok(
    steps.every((step, i) => i === 0 || step > steps[i - 1]!),
    `every life erases more: ${steps.join(', ')}`,
  )
  return `payloads erased after each kill: ${steps.slice(1).join(', ')}`
}

/** Rotates the endpoint's secret again and again, each time with a kill at another moment. */
async function cutRotations(stand: Stand, endpoint: string) {
  const { node, app, recorder, sql, pg: postgres, database, publisher } = stand
  const path = `/app/${app}/endpoint/${endpoint}/secret`
  const ledgers: Ledger[] = []
  let allowed = 0
  // The numbers of the keys that sign, the one in use first.
  let keys = [0]
  const secrets = [recorder.secret]
  const outcomes: string[] = []

  async function rotate(when: string, graceSeconds: number) {
    const secret = `whsec_${randomBytes(24).toString('base64')}`
    const number = secrets.push(secret) - 1
    await recorder.knowKey(secret)
    const { ledger, done, stop } = publisher.publish(`rotation-${number}`, {
      count: 2_000,
      perSecond: 60,
      concurrency: 8,
    })
    ledgers.push(ledger)
    await until('some are sent', () => ledger.accepted.size > 20)
    const session = await postgres.session(database)
    if (when === 'before its writes')
      await session.query('begin; select from endpoint_secret for update')
    const answer = node
      .call('POST', `${path}/rotate`, { key: secret, gracePeriodSeconds: graceSeconds })
      .then(
        ({ status }) => status,
        () => 0,
      )
    if (when === 'before its writes')
      await until('it waits', () => waiting(stand, '%endpoint_secret%'), { every: 10 })
    else if (when === 'after its answer') await answer
    else await sleep(Number.parseInt(when, 10))
    allowed += (await node.figure('bellwire_in_flight')) + RECORD_BATCH
    await node.end()
    await session.end()
    const status = await answer
    assert.ok(status === 0 || status === 204, `${status}`)
    await node.start()

    const { body } = await node.call('GET', path)
    const isNew = body['key'] === secret
    assert.ok(isNew || body['key'] === secrets[keys[0]!], 'the old state or the new one')
    if (status === 204) assert.ok(isNew, 'what was answered is so')
    if (isNew) keys = [number, ...(graceSeconds === 0 ? keys.slice(1) : keys)]
    const rows = await sql<{ current: boolean }>(
      'select expires_at is null as current from endpoint_secret order by 1',
    )
    assert.equal(rows.length, keys.length, 'no key too many, none lost')
    assert.equal(rows.filter(({ current }) => current).length, 1, 'one is in use')
    outcomes.push(`${when} ${isNew ? 'new' : 'old'}`)

    const restartedAt = Date.now()
    const sinceThen = async () => (await recorder.records()).filter(({ at }) => at > restartedAt)
    await until('some are sent since', async () => (await sinceThen()).length > 20)
    for (const { signedBy, eventId } of await sinceThen())
      assert.deepEqual(
        signedBy,
        keys.toSorted((a, b) => a - b),
        `${eventId}, killed ${when}`,
      )
    stop()
    await done
  }

  for (const when of ['before its writes', '5 ms', '20 ms', 'after its answer'])
    await rotate(when, 3_600)
  await rotate('10 ms', 0)
  await rotate('after its answer', 0)
  await stand.drained()
  assert.ok(outcomes[0]!.endsWith('old') && outcomes.at(-1)!.endsWith('new'))
  return `${outcomes.join(', ')}; ${await stand.audit(ledgers, allowed)}`
}

export const jobFaults: Fault[] = [
  {
    id: 'F75',
    name: 'replays cut by kill -9',
    async run(run) {
      // What fails does so once, and waits for the recover.
      const stand = await newStand(run, { paths: [], env: { BELLWIRE_RETRY_SCHEDULE: '' } })
      const { node, app, recorder, publisher } = stand
      const failing = await stand.addEndpoint(recorder.url('/fail/first'))
      const move = (endpoint: string, path: string) =>
        node.call('PATCH', `/app/${app}/endpoint/${endpoint}`, { url: recorder.url(path) })
      const ledger = await publisher.publish('replayed', { count: 3_000, concurrency: 64 }).done
      await stand.drained()
      await move(failing, '/slow/recovered')
      const recovered = await cutReplay(stand, 'recover', {
        ...{ ledger, endpoint: failing, path: '/slow/recovered', inStep: true },
      })
      const endpoint = await stand.addEndpoint(recorder.url('/slow/missing'))
      const missing = await cutReplay(stand, 'replay-missing', {
        ...{ ledger, endpoint, path: '/slow/missing' },
      })
      await move(endpoint, '/slow/bulk')
      const bulk = await cutReplay(stand, 'bulk-replay', {
        ...{ ledger, endpoint, path: '/slow/bulk', body: { eventTypes: ['load.test'], status: 0 } },
      })
      stand.paths.push('/slow/recovered', '/slow/missing', '/slow/bulk')
      const all = [recovered, missing, bulk]
      const allowed = all.reduce((sum, each) => sum + each.allowed, 0)
      return `${all.map(({ told }) => told).join(', ')}; ${await stand.audit([ledger], allowed)}`
    },
  },
  {
    id: 'F75',
    name: 'the retention drop and the end of payloads cut by kill -9',
    async run(run) {
      const stand = await newStand(run, { paths: ['/ok'], env: SHORT_HOURS })
      const { node, publisher } = stand
      const publish = (name: string) => publisher.publish(name, { count: 1_000 }).done
      for (const name of ['old', 'ends', 'young']) await publish(name)
      await stand.drained()
      await node.end()
      await age(stand)
      const dropped = await cutDrop(stand, 1_000)
      await node.end()
      await endPayloads(stand)
      const erased = await cutErasure(stand)

      const young = await numberOf(
        stand,
        `message m where event_id like 'young-%' and payload is not null
           and exists (select from message_event_id where message_id = m.id)
           and exists (select from finished_delivery where message_id = m.id)
           and exists (select from attempt where message_id = m.id)`,
      )
      assert.equal(young, 1_000, 'what is younger is all there')
      const again = await Promise.all(
        ['old-0', 'young-0'].map((eventId) => stand.send({ eventId }, { eventId })),
      )
      assert.deepEqual(
        again.map(({ status }) => status),
        [202, 409],
        'an event id is free when its message is gone, and not before',
      )
      return `${dropped} is whole or not at all; ${erased}`
    },
  },
  {
    id: 'F75',
    name: 'secret rotations cut by kill -9',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const endpoint = await stand.addEndpoint(stand.recorder.url('/slow/rotated'))
      stand.paths.push('/slow/rotated')
      return cutRotations(stand, endpoint)
    },
  },
]
