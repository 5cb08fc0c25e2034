// `bellwire listen --app`: deliveries reach the local server as an endpoint gets them, and what it
// answers is what came of the attempt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'svix'
import type { Environment } from '../../src/config.ts'
import type { EndpointId } from '../../src/domain/ids.ts'
import { deleteEndedListeners } from '../../src/store/app-listeners.ts'
import { connectionUrl, testDatabase } from '../database.ts'
import { startBellwire } from '../harness.ts'
import { listening, named, startLocal } from '../listening.ts'
import { startServer } from '../process.ts'
import { closedPort } from '../receiver.ts'
import { until } from '../until.ts'

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'

type Attempt = { responseStatusCode: number; response: string; status: number }
type Listed = { id: string; url: string; description: string }

async function start(settings: Environment = {}) {
  const server = await startBellwire(settings)
  await server.call('POST', '/app', { name: 'acme', uid: 'acme' })
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  const send = async (eventType: string, payload: object) =>
    String((await server.call('POST', '/app/acme/msg', { eventType, payload })).body['id'])
  const list = async (path: string) =>
    ((await server.call('GET', path)).body['data'] ?? []) as unknown[]
  return {
    server,
    env,
    send,
    endpoints: async () => (await list('/app/acme/endpoint')) as Listed[],
    bins: () => list('/bin'),
    attempts: async (id: string) =>
      ((await list(`/app/acme/attempt/msg/${id}`)) as Attempt[]).toReversed(),
  }
}

test('a delivery is signed, its local answer is the result, and the engine tries again', async () => {
  const acme = await start()
  // Other endpoints have to ask for messages: this one does not leave the server.
  const demanded = { verifyEndpointUrls: 'all' }
  await acme.server.call('PATCH', '/management/environment-settings', demanded)
  const local = await startLocal((_, n) => ({
    status: n === 1 ? 500 : 200,
    body: Buffer.from(`answer ${n}`),
  }))
  const run = await listening(
    [local.port, '--app', 'acme', '--path', '/hooks', '--secret', SECRET, '--json'],
    acme.env,
  )
  assert.ok(run.stderr().includes(SECRET))
  const id = await acme.send('order.created', { type: 'order.created', n: 1, price: 1.5 })
  await until('it was tried twice', async () => (await acme.attempts(id)).length === 2)
  assert.deepEqual(
    (await acme.attempts(id)).map(({ responseStatusCode, response }) => [
      ...[responseStatusCode, response],
    ]),
    [
      [500, 'answer 1'],
      [200, 'answer 2'],
    ],
  )
  const [first, second] = local.got
  assert.equal(first!.target, '/hooks')
  assert.equal(first!.body.toString(), '{"type":"order.created","n":1,"price":1.5}')
  assert.deepEqual(named(first!, 'host'), [`localhost:${local.port}`])
  assert.deepEqual(named(first!, 'content-length'), [String(first!.body.length)])
  assert.deepEqual(named(second!, 'webhook-id'), [id])
  for (const got of [first!, second!]) {
    const headers = Object.fromEntries(
      got.headers.map(([name, value]) => [name.toLowerCase(), value]),
    )
    new Webhook(SECRET).verify(got.body, headers)
  }
  await until('both are told', () => run.lines().length === 2)
  const told = run.lines().map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    told.map(({ status, relay, eventType }) => [status, relay, eventType]),
    [
      [500, 'relayed', 'order.created'],
      [200, 'relayed', 'order.created'],
    ],
  )
  assert.equal((await acme.endpoints()).length, 1)
  await run.quit()
  assert.deepEqual([await acme.endpoints(), await acme.bins()], [[], []])
})

test('another endpoint gets the same request, but for its host and signature', async () => {
  const acme = await start()
  const real = await startLocal()
  const endpoint = { url: `http://127.0.0.1:${real.port}/hooks`, secret: SECRET }
  await acme.server.call('POST', '/app/acme/endpoint', endpoint)
  const local = await startLocal()
  const run = await listening(
    [local.port, '--app', 'acme', '--path', '/hooks', '--secret', SECRET],
    acme.env,
  )
  await acme.send('a', { text: 'é', n: 1 })
  await until('both have it', () => real.got.length === 1 && local.got.length === 1)
  const [theirs, ours] = [real.got[0]!, local.got[0]!]
  assert.deepEqual([ours.method, ours.target], [theirs.method, theirs.target])
  assert.ok(ours.body.equals(theirs.body))
  const own = /^(host|connection|webhook-(signature|timestamp)|svix-(signature|timestamp))$/i
  const of = ({ headers }: typeof ours) =>
    headers.filter(([name]) => !own.test(name)).map(([name, value]) => [name.toLowerCase(), value])
  assert.deepEqual(of(ours), of(theirs))
  await run.quit()
})

test('only what is wanted comes, what came before is brought with --since', async () => {
  const acme = await start()
  for (const name of ['a', 'b']) {
    await acme.server.call('POST', '/event-type', { name, description: '' })
  }
  await acme.send('a', { n: 1 })
  await acme.send('b', { n: 2 })
  const local = await startLocal()
  const args = ['--events', 'a', '--filter', '{"payload.n":{"$lt":10}}', '--since', '1h']
  const run = await listening([local.port, '--app', 'acme', ...args], acme.env)
  await acme.send('a', { n: 11 })
  await acme.send('b', { n: 3 })
  await acme.send('a', { n: 4 })
  await until('two have come', () => local.got.length === 2)
  assert.deepEqual(local.got.map(({ body }) => body.toString()).toSorted(), ['{"n":1}', '{"n":4}'])
  await run.quit()
})

test('when its listener is killed, the endpoint is removed: by the next delivery or by itself', async () => {
  const acme = await start()
  const { pool, db } = acme.server.store
  const local = await startLocal()
  const killed = async () => {
    const run = await listening([local.port, '--app', 'acme'], acme.env)
    await run.end()
    await until('nobody listens', async () => {
      const { rows } = await pool.query('select 1 from bin_listener')
      return rows.length === 0
    })
    assert.equal((await acme.endpoints()).length, 1)
    await deleteEndedListeners(db)
    assert.equal((await acme.endpoints()).length, 1, 'it may come back')
    const waits = await pool.query(
      `select 1 from bin where expires_at between now() and now() + interval '2 minutes'`,
    )
    assert.equal(waits.rows.length, 1)
    // Two minutes pass.
    await pool.query(`update bin set expires_at = now() - interval '1 second'`)
  }
  await killed()
  await deleteEndedListeners(db)
  assert.deepEqual([await acme.endpoints(), await acme.bins()], [[], []])
  const { rows } = await pool.query<{ operation: string; actor_kind: string }>(
    `select operation, actor_kind from audit_log where target_kind = 'endpoint' order by id`,
  )
  assert.deepEqual(
    rows.map(({ operation, actor_kind }) => [operation, actor_kind]),
    [
      ['bellwire.application.listen', 'api-key'],
      ['endpoint.deleted', 'system'],
    ],
  )

  await killed()
  await acme.send('a', {})
  await until('it is removed', async () => (await acme.endpoints()).length === 0)
  await deleteEndedListeners(db)
  assert.deepEqual(await acme.bins(), [])
})

test('a local server that is not there fails the attempt at once, and the endpoint says why', async () => {
  const acme = await start()
  const port = String(await closedPort())
  const run = await listening([port, '--app', 'acme', '--wait-local', '0'], acme.env)
  const id = await acme.send('a', {})
  await until('it is given up', async () => (await acme.attempts(id)).length === 3)
  const [attempt] = (await acme.attempts(id)) as (Attempt & { failure: { message: string } })[]
  assert.match(JSON.stringify(attempt), /could not reach the local server: ECONNREFUSED/)
  const [{ id: endpoint } = { id: '' }] = await acme.endpoints()
  assert.ok((endpoint as EndpointId).startsWith('ep_'))
  await run.quit()
})

test('a server that stops waits for no local answer, and nothing of it counts', async () => {
  const acme = await start({ BELLWIRE_SHUTDOWN_GRACE: '0.1' })
  const local = await startLocal(() => new Promise(() => {}))
  const run = await listening([local.port, '--app', 'acme'], acme.env)
  const id = await acme.send('a', {})
  await until('it has come', () => local.got.length === 1)
  assert.deepEqual(await acme.attempts(id), [])
  const startedAt = performance.now()
  await acme.server.stop()
  assert.ok(performance.now() - startedAt < 9_000)
  await run.end()
})

test('one node listens, another one delivers', async () => {
  const acme = await start({ BELLWIRE_ROLE: 'api' })
  await startBellwire({ BELLWIRE_ROLE: 'worker' }, [], acme.server.home)
  const local = await startLocal((_, n) => ({ status: n === 1 ? 503 : 202 }))
  const run = await listening([local.port, '--app', 'acme', '--json'], acme.env)
  const id = await acme.send('a', {})
  await until('it was tried twice', async () => (await acme.attempts(id)).length === 2)
  assert.deepEqual(
    (await acme.attempts(id)).map(({ responseStatusCode }) => responseStatusCode),
    [503, 202],
  )
  await run.quit()
})

const TOTAL = 60

test(`${TOTAL} messages arrive byte for byte, through a killed server`, {
  timeout: 120_000,
}, async () => {
  const database = await testDatabase()
  const env = {
    ...{ DATABASE_URL: connectionUrl(database.connection) },
    BELLWIRE_PORT: String(await closedPort()),
    // What is on its way when the server dies is found by its next start at once.
    ...{ BELLWIRE_RETRY_SCHEDULE: '0.5,0.5,1,1,2,2,5,5' },
  }
  let server = await startServer(env)
  const { token, url } = server
  const client = { BELLWIRE_URL: url, BELLWIRE_API_KEY: token }
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      ...{ method, headers: { authorization: `Bearer ${token}` } },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  await call('POST', '/app', { name: 'acme', uid: 'acme' })
  const local = await startLocal((_, n) => (n % 7 === 0 ? 500 : 200))
  const run = await listening([local.port, '--app', 'acme', '--secret', SECRET, '--json'], client)
  const payload = (n: number) => ({ n, text: `é${'x'.repeat(n * 50)}`, price: 1.5 })
  const ids: string[] = []
  const send = async (n: number) => {
    const { status, body } = await call('POST', '/app/acme/msg', {
      ...{ eventType: 'a', payload: payload(n) },
    })
    assert.equal(status, 202)
    ids.push(String(body['id']))
  }
  for (let n = 0; n < TOTAL / 2; n++) await send(n)
  await server.end()
  server = await startServer(env)
  for (let n = TOTAL / 2; n < TOTAL; n++) await send(n)
  const unfinished = async () => {
    const states = await Promise.all(
      ids.map(async (id) => {
        const { body } = await call('GET', `/app/acme/msg/${id}/endpoint`)
        return (body['data'] as { status: number }[]).map(({ status }) => status)
      }),
    )
    return states.filter((of) => of.length !== 1 || of[0] !== 0).length
  }
  await until('all are delivered', async () => (await unfinished()) === 0, {
    ...{ within: 90_000, or: () => `${local.got.length} came. ${run.stderr()}` },
  })
  const bodies = new Map(local.got.map((got) => [named(got, 'webhook-id')[0], got]))
  for (const [n, id] of ids.entries()) {
    const got = bodies.get(id)!
    assert.equal(got.body.toString(), JSON.stringify(payload(n)))
    const headers = Object.fromEntries(
      got.headers.map(([name, value]) => [name.toLowerCase(), value]),
    )
    new Webhook(SECRET).verify(got.body, headers)
  }
  await run.quit()
  await server.end()
})
