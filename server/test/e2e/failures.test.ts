// What a receiver can do to us, and how the API shows it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { closedPort, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const once = { BELLWIRE_RETRY_SCHEDULE: '' }

test('a receiver that hangs is cut off at the request timeout, and its place is free again', async () => {
  const bellwire = await startBellwire({ ...once, BELLWIRE_REQUEST_TIMEOUT: '4' })
  const { receiver, send, attempts, ended } = await oneEndpoint(bellwire, {
    react: (_, count) => (count <= 100 ? 'hang' : {}),
  })
  const messages = await Promise.all(Array.from({ length: 130 }, () => send()))
  const reasons = Object.groupBy(await ended(), (reason) => reason)
  assert.deepEqual([reasons['exhausted']?.length, reasons['succeeded']?.length], [100, 30])
  assert.equal(receiver.received.length, 130)
  // More than may be in flight for one endpoint: the last ones had to wait for places.
  assert.equal(receiver.mostOpen(), 100)
  await until('no socket is left open', () => receiver.open() === 0)
  const made = await Promise.all(messages.map(({ id }) => attempts(id)))
  const attempt = made.flat().find(({ status }) => status === 2)
  assert.deepEqual([attempt!.responseStatusCode, attempt!.failure?.code], [0, 'timeout'])
  const { responseDurationMs } = attempt!
  assert.ok(responseDurationMs >= 3_990 && responseDurationMs < 9_000, `${responseDurationMs} ms`)
})

test('57 a redirect is a failure: recorded with its status, never followed', async () => {
  const bellwire = await startBellwire(once)
  const elsewhere = await startReceiver()
  const { receiver, send, attempted, ended } = await oneEndpoint(bellwire, {
    react: () => ({ status: 308, headers: { location: elsewhere.url } }),
  })
  const [attempt] = await attempted((await send()).id, 1)
  assert.deepEqual(
    [attempt!.status, attempt!.responseStatusCode, attempt!.failure?.code],
    [2, 308, 'redirect'],
  )
  assert.deepEqual(await ended(), ['exhausted'])
  assert.deepEqual([receiver.received.length, elsewhere.received.length], [1, 0])
})

test('where nobody listens there is no response: status code 0 and the reason', async () => {
  const bellwire = await startBellwire(once)
  const url = `http://127.0.0.1:${await closedPort()}/`
  const { send, attempted } = await oneEndpoint(bellwire, { url })
  const [attempt] = await attempted((await send()).id, 1)
  assert.deepEqual([attempt!.status, attempt!.responseStatusCode], [2, 0])
  assert.equal(attempt!.failure?.code, 'connect_failed')
})

test('a connection that is cut before the answer is a failed attempt', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05' })
  const { send, attempted, ended } = await oneEndpoint(bellwire, {
    react: (_, count) => (count === 1 ? 'drop' : {}),
  })
  const [cut, good] = await attempted((await send()).id, 2)
  assert.deepEqual([cut!.responseStatusCode, cut!.status], [0, 2])
  assert.equal(good!.status, 0)
  assert.deepEqual(await ended(), ['succeeded'])
})

test('an endpoint cannot point to a private address that is not allowed', async () => {
  const allowed = await startBellwire()
  const strict = await startBellwire({ BELLWIRE_EGRESS_ALLOW: '' })
  for (const [bellwire, hosts] of [
    [allowed, ['10.0.0.1', '169.254.169.254', '[::1]', '0.0.0.0', '[::ffff:10.0.0.1]']],
    [strict, ['127.0.0.1', 'localhost', '2130706433', '0x7f.1']],
  ] as const) {
    const { id: app } = await bellwire.svix.application.create({ name: 'private' })
    const good = await bellwire.svix.endpoint.create(app, { url: 'https://192.0.1.1/hook' })
    for (const host of hosts) {
      const url = `http://${host}:8080/hook`
      for (const [method, path] of [
        ['POST', ''],
        ['PUT', `/${good.id}`],
        ['PATCH', `/${good.id}`],
      ] as const) {
        const { status, body } = await bellwire.call(method, `/app/${app}/endpoint${path}`, { url })
        assert.equal(status, 422, `${method} ${url}`)
        assert.deepEqual((body['detail'] as { loc: string[] }[])[0]!.loc, ['body', 'url'])
      }
    }
  }
})
