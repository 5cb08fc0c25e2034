// Rows and connections that hurt: what is wrong stays where it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { until } from '../until.ts'

test('a secret that cannot be opened fails its deliveries by the schedule, and no others', async () => {
  const bellwire = await startBellwire({}, ['delivery.prepare'])
  const bad = await oneEndpoint(bellwire)
  const good = await oneEndpoint(bellwire)
  await bellwire.store.pool.query(
    "update endpoint_secret set sealed = '\\x01' where endpoint_id = (select id from endpoint order by id limit 1)",
  )
  const { id } = await bad.send()
  await good.send()
  await until('the good one arrives', () => good.receiver.received.length === 1)
  assert.deepEqual(await bad.ended(), ['exhausted'])
  const attempts = await bad.attempts(id)
  assert.deepEqual(
    attempts.map(({ failure }) => failure?.code),
    ['endpoint_unreadable', 'endpoint_unreadable', 'endpoint_unreadable'],
  )
  assert.equal(bad.receiver.received.length, 0)
})

test('headers and auth that cannot be opened can be set anew, and then all goes out', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' }, ['delivery.prepare'])
  const { app, endpoint, send, ended, receiver } = await oneEndpoint(bellwire)
  await bellwire.store.pool.query(
    "update endpoint set headers = '\\x01', auth = '\\x01', revision = revision + 1",
  )
  await send()
  assert.deepEqual(await ended(), ['exhausted'])
  const at = `/app/${app}/endpoint/${endpoint.id}`
  const headers = { 'X-Team': 'a' }
  assert.equal((await bellwire.call('PUT', `${at}/headers`, { headers })).status, 204)
  const auth = { bearer: { token: 'set-anew' } }
  assert.equal((await bellwire.call('PUT', `${at}/auth`, auth)).status, 204)
  await send()
  assert.deepEqual(await ended(), ['exhausted', 'succeeded'])
  const [received] = receiver.received
  assert.equal(received!.headers.authorization, 'Bearer set-anew')
  assert.equal(received!.headers['x-team'], 'a')
})

test('sessions that are cut again and again lose nothing and end nothing', async () => {
  const bellwire = await startBellwire({}, ['*'])
  const { send, receiver } = await oneEndpoint(bellwire)
  const accepted = new Set<string>()
  let cutting = true
  const cuts = (async () => {
    while (cutting) {
      await bellwire.store.pool
        .query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        )
        .catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  for (let i = 0; i < 300; i++) {
    await send({ i }).then(
      ({ id }) => accepted.add(id),
      (error: { code?: number }) => assert.ok((error.code ?? 500) >= 500),
    )
  }
  cutting = false
  await cuts
  const arrived = () => new Set(receiver.received.map(({ headers }) => headers['webhook-id']))
  await until('everything accepted has arrived', () => accepted.isSubsetOf(arrived()), {
    within: 30_000,
  })
  assert.ok(accepted.size > 50)
})
