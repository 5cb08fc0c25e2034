// What most faults start from: a database behind a gate, a recording receiver, a server, an application
// with two endpoints, and a publisher; and what must hold at the end.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newNode } from './bellwire.ts'
import { type Run, until } from './fault.ts'
import { startGate } from './gate.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { createPublisher, type Ledger, LONGEST_MS } from './publisher.ts'
import { startRecorder } from './recorder.ts'

let shared: Promise<Postgres> | null = null
/** One cluster for all faults that leave it whole; each has a database of its own. */
export function sharedPostgres(): Promise<Postgres> {
  shared ??= startPostgres()
  return shared
}

const closing: (() => unknown)[] = []
let stand: Promise<Stand> | null = null
/** One stand for all faults of receivers: they are about attempts, not about the server. */
export function sharedStand(): Promise<Stand> {
  stand ??= newStand({ quick: false, after: (work) => closing.push(work) }, { paths: [] })
  return stand
}

export async function removeShared() {
  for (const close of closing.reverse()) await close()
  await (await shared)?.remove()
}

type Options = {
  paths?: string[]
  env?: Record<string, string>
  postgres?: Postgres
  started?: boolean
  role?: string
}
export type Stand = Awaited<ReturnType<typeof newStand>>

export async function newStand(run: Run, options: Options = {}) {
  const { paths = ['/slow/one', '/slow/two'], env = {} } = options
  const pg = options.postgres ?? (await sharedPostgres())
  const database = await pg.newDatabase()
  if (options.role !== undefined) {
    await pg.query('postgres', `create role ${options.role} login`)
    await pg.query('postgres', `alter database ${database} owner to ${options.role}`)
  }
  const gate = await startGate(pg.port)
  run.after(() => gate.close())
  const recorder = await startRecorder()
  run.after(() => recorder.end())
  const node = await newNode({ DATABASE_URL: pg.urlOf(database, gate.port, options.role), ...env })
  run.after(() => node.end())
  await node.start()
  const { body: app } = await node.call('POST', '/app', { name: 'chaos' })
  const addEndpoint = async (url: string, more: object = {}) =>
    (
      await node.call('POST', `/app/${app['id']}/endpoint`, {
        url,
        secret: recorder.secret,
        ...more,
      })
    ).body['id'] as string
  for (const path of paths) await addEndpoint(recorder.url(path))
  const publisher = createPublisher([node.url], app['id'])
  run.after(() => publisher.close())
  const sql = <Row extends object>(text: string, values?: unknown[]) =>
    pg.query<Row & { [name: string]: unknown }>(database, text, values)

  return {
    pg,
    database,
    gate,
    recorder,
    node,
    publisher,
    sql,
    paths,
    app: app['id'] as string,
    addEndpoint,
    /** A node beside the first, behind a gate of its own. */
    async another(more: Record<string, string> = {}) {
      const ownGate = await startGate(pg.port)
      run.after(() => ownGate.close())
      const other = await newNode({
        DATABASE_URL: pg.urlOf(database, ownGate.port),
        ...env,
        ...more,
      })
      run.after(() => other.end())
      await other.start()
      return { node: other, gate: ownGate }
    },
    publisherOf(application: string) {
      const other = createPublisher([node.url], application)
      run.after(() => other.close())
      return other
    },
    publisherTo(urls: string[], options = {}) {
      const other = createPublisher(urls, app['id'], options)
      run.after(() => other.close())
      return other
    },
    send: (payload: object = {}, more: object = {}) =>
      node.call('POST', `/app/${app['id']}/msg`, { eventType: 'a.b', payload, ...more }),
    drained: (within = 60_000) =>
      until(
        'everything is delivered',
        async () => (await sql('select from pending_delivery limit 1')).length === 0,
        {
          within,
          every: 200,
        },
      ),
    /** Within how many milliseconds the database was found missing, and back again. */
    audit: (ledgers: Ledger[], allowed: number) =>
      audit({ recorder, paths, sql, log: node.log }, ledgers, allowed),
  }
}

type Audited = {
  recorder: Awaited<ReturnType<typeof startRecorder>>
  paths: string[]
  sql(text: string): Promise<{ [name: string]: unknown }[]>
  log(): string
}

/** I1 to I4 and I8 of the catalogue, in one line of figures. */
export async function audit(
  { recorder, paths, sql, log }: Audited,
  ledgers: Ledger[],
  allowed: number,
) {
  const records = await recorder.records()
  let lost = 0
  let duplicates = 0
  let known = 0
  for (const path of paths) {
    const byEvent = Map.groupBy(
      records.filter((record) => record.path === path),
      ({ eventId }) => eventId,
    )
    for (const { accepted, repeated } of ledgers) {
      for (const eventId of [...accepted.keys(), ...repeated]) {
        known++
        const [first, ...more] = byEvent.get(eventId) ?? []
        if (first === undefined) {
          lost++
          continue
        }
        assert.equal(accepted.get(eventId) ?? first.id, first.id, `${eventId} is one message`)
        for (const each of more)
          assert.deepEqual([each.id, each.hash], [first.id, first.hash], eventId)
        duplicates += more.length
      }
    }
  }
  assert.equal(lost, 0, 'nothing acknowledged is lost')
  assert.ok(duplicates <= allowed, `${duplicates} duplicates, allowed ${allowed}`)
  assert.ok(
    records.every(({ verified }) => verified),
    'every signature verifies',
  )
  assert.deepEqual(
    ledgers.flatMap(({ wrong }) => wrong),
    [],
    'no other answers than 202, 409, 503',
  )
  const slowest = Math.round(Math.max(0, ...ledgers.map(({ slowestMs }) => slowestMs)))
  assert.ok(slowest < LONGEST_MS, `a caller hung for ${slowest} ms`)
  const [{ delivered }] = (await sql(
    'select count(*)::int as delivered from attempt where succeeded',
  )) as [{ delivered: number }]
  assert.ok(
    delivered <= records.length && delivered >= known - allowed,
    `${delivered} attempts of ${records.length} requests`,
  )
  assertSane(log())
  const sum = (pick: (ledger: Ledger) => number) =>
    ledgers.reduce((total, ledger) => total + pick(ledger), 0)
  return `${sum(({ accepted }) => accepted.size)} acknowledged, 0 lost, ${duplicates} duplicates (${allowed} allowed), ${sum(({ refused }) => refused)} refused, ${sum(({ unknown }) => unknown)} unknown, slowest ${slowest} ms`
}

/** No crash of its own making, and no more than a line a second for a cause that repeats. */
export function assertSane(log: string) {
  assert.doesNotMatch(log, /unhandled|uncaught|heap out of memory/i)
  const lines = log.split('\n').filter((line) => line.includes('"level":50'))
  const perSecond = Map.groupBy(
    lines,
    (line) => /"time":"([^.]+)/.exec(line)?.[1] + (/"event":"([^"]+)/.exec(line)?.[1] ?? ''),
  )
  // Two calendar seconds may hold three lines that are a second apart.
  for (const [second, all] of perSecond)
    assert.ok(all.length <= 2, `${all.length} lines in ${second}`)
}

/** A data directory for an embedded database, which is removed with everything in it. */
export async function newDataDir(run: Run): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bellwire-chaos-'))
  await chmod(dir, 0o711)
  run.after(() => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  return dir
}
