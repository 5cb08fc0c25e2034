// What a scraper sees of a server that works, fails, and has lost its database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { githubSignature, openSource, SECRET } from '../provider.ts'
import { until } from '../until.ts'

/** The value of a series, or null when it is not there. */
function figure(text: string, series: string): number | null {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

const scrape = async (url: string) => (await fetch(`${url}/metrics`)).text()

/** Once it has all of these series; what the database is late to say is left out of a scrape. */
const scrapeWith = (url: string, ...series: string[]) =>
  until(`${series} are there`, async () => {
    const text = await scrape(url)
    return series.every((each) => figure(text, each) !== null) && text
  })

test('what was accepted, attempted and finished is counted', async () => {
  const bellwire = await startBellwire()
  const { send, app, ended } = await oneEndpoint(bellwire, {
    react: (_, count) => ({ status: count === 1 ? 500 : 204 }),
  })
  await send()
  await ended()
  await bellwire.call('POST', `/app/${app}/msg`, { payload: 1 })
  // A delivery is over in the database a moment before this is counted.
  const finished = 'bellwire_deliveries_finished_total{status="succeeded"}'
  const text = await scrapeWith(bellwire.url, finished, 'bellwire_queue_free')
  const seen = Object.fromEntries(
    [
      'bellwire_messages_total{result="accepted"}',
      'bellwire_messages_total{result="invalid"}',
      'bellwire_attempts_total{outcome="http_status"}',
      'bellwire_attempts_total{outcome="delivered"}',
      finished,
      'bellwire_first_attempt_seconds_count',
      'bellwire_attempt_seconds_count',
      'bellwire_batch_size_count{statement="accept"}',
      'bellwire_nodes',
      'bellwire_queue_free',
    ].map((series) => [series, figure(text, series)]),
  )
  assert.deepEqual(Object.values(seen), [1, 1, 1, 1, 1, 1, 2, 1, 1, 0], JSON.stringify(seen))
  assert.ok(figure(text, 'nodejs_eventloop_lag_p99_seconds') !== null)
  assert.ok(figure(text, 'bellwire_pool_connections{pool="hot",state="waiting"}') === 0)
})

test('what waits for a retry is told, and how long the oldest due one has waited', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '3600' })
  const { send, attempted } = await oneEndpoint(bellwire, { react: () => ({ status: 500 }) })
  const { id } = await send()
  await attempted(id, 1)
  await until('it is free', async () => figure(await scrape(bellwire.url), 'bellwire_queue_free'))
  const oldest = 'bellwire_queue_oldest_due_seconds'
  assert.equal(figure(await scrapeWith(bellwire.url, oldest), oldest), 0)
})

test('no label tells who a customer is', async () => {
  const bellwire = await startBellwire()
  const { send, ended, app, endpoint } = await oneEndpoint(bellwire)
  const { id } = await send({ secretWord: 1 })
  await ended()
  const text = await scrape(bellwire.url)
  for (const word of [app, endpoint.id, id, '/hook', 'secretWord', bellwire.token]) {
    assert.ok(!text.includes(word), word)
  }
  const own = text.split('\n').filter((line) => line.startsWith('bellwire_'))
  assert.ok(own.length < 300, `${own.length} series`)
})

test('with a token, nobody else reads it', async () => {
  const bellwire = await startBellwire({ BELLWIRE_METRICS_TOKEN: 'scrape-me-0123456789' })
  const read = (authorization: string) =>
    fetch(`${bellwire.url}/metrics`, { headers: { authorization } })
  assert.equal((await read('')).status, 401)
  assert.equal((await read(`Bearer ${bellwire.token}`)).status, 401)
  const answer = await read('Bearer scrape-me-0123456789')
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
})

test('without a database the figures of the process are still there, those of the queue are not', async () => {
  const bellwire = await startBellwire({}, ['*'])
  // A pool that hangs, as behind a database that does not answer.
  const client = await bellwire.store.pool.connect()
  await client.query('begin; lock table node, pending_delivery in access exclusive mode')
  const startedAt = performance.now()
  const text = await scrape(bellwire.url)
  assert.ok(performance.now() - startedAt < 3_000)
  await client.query('rollback')
  client.release()
  assert.equal(figure(text, 'bellwire_queue_free'), null)
  assert.ok(figure(text, 'bellwire_in_flight') === 0)
})

test('webhooks at sources are counted, what is refused by its reason', async () => {
  const bellwire = await startBellwire()
  const { app, receiver } = await oneEndpoint(bellwire)
  const source = await openSource(bellwire, {
    application: app,
    provider: 'github',
    secrets: [{ value: SECRET }],
  })
  const headers = { 'X-GitHub-Delivery': 'the-same' }
  assert.equal((await source.github('{"n":1}', headers)).status, 200)
  assert.equal((await source.github('{"n":1}', headers)).status, 200)
  assert.equal((await source.send({ body: '{"n":2}' })).status, 401)
  const wrong = { 'X-Hub-Signature-256': githubSignature('{}', 'another secret') }
  assert.equal((await source.github('{}', wrong)).status, 401)
  const unknown = source.url.replace(/[^/]+$/, 'a-token-that-nobody-has')
  assert.equal((await fetch(unknown, { method: 'POST', body: '{}' })).status, 404)
  await until('it arrived', () => receiver.received.length === 1)
  const text = await until('all are answered', async () => {
    const text = await scrape(bellwire.url)
    return figure(text, 'bellwire_inbound_seconds_count') === 5 && text
  })
  const count = (result: string, reason = '') =>
    figure(text, `bellwire_inbound_requests_total{result="${result}",reason="${reason}"}`)
  assert.equal(count('accepted'), 1)
  assert.equal(count('duplicate'), 1)
  assert.equal(count('rejected', 'signature_missing'), 1, text)
  assert.equal(count('rejected', 'signature_mismatch'), 1)
  assert.equal(count('rejected', 'unknown_source'), 1)
  assert.equal(figure(text, 'bellwire_messages_total{result="accepted"}'), 1)
  assert.equal(figure(text, 'bellwire_batch_size_sum{statement="accept_inbound"}'), 2)
  assert.ok(!text.includes(source.id))
})
