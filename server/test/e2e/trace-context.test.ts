// W3C Trace Context from who sends an event to who receives it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { githubHeaders, openSource, SECRET } from '../provider.ts'
import type { Receiver } from '../receiver.ts'
import { until } from '../until.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`
const STATE = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
const TRACED = { traceparent: PARENT, tracestate: STATE }
const EVENT = { eventType: 'a.b', payload: { n: 1 } }

const bellwire = await startBellwire()
const { call, store } = bellwire

const arrived = async (receiver: Receiver, count = 1) => {
  await until(`${count} arrived`, () => receiver.received.length >= count)
  return receiver.received.map(({ headers }) => ({
    traceparent: headers['traceparent'],
    tracestate: headers['tracestate'],
  }))
}

test('every attempt carries what the caller sent, retries and resends included', async () => {
  const { app, endpoint, receiver, ended, attempts } = await oneEndpoint(bellwire, {
    react: (_, count) => ({ status: count === 1 ? 500 : 204 }),
  })
  const { status, body } = await call('POST', `/app/${app}/msg`, EVENT, TRACED)
  assert.equal(status, 202)
  const id = String(body['id'])
  await ended()
  await call('POST', `/app/${app}/msg/${id}/endpoint/${endpoint.id}/resend`)
  assert.deepEqual(await arrived(receiver, 3), [TRACED, TRACED, TRACED])
  const shown = await until('three attempts', async () => {
    const made = await attempts(id)
    return made.length === 3 && made
  })
  const { text } = await call('GET', `/app/${app}/msg/${id}/attempt/${shown[0]!.id}/headers`)
  assert.ok(text.includes(PARENT), text)
})

test('a message of a batch and a large one carry it too', async () => {
  const { app, receiver } = await oneEndpoint(bellwire)
  const large = { ...EVENT, payload: { text: 'x'.repeat(100_000) } }
  const { status } = await call(
    'POST',
    `/app/${app}/msg/batch`,
    { messages: [EVENT, large] },
    TRACED,
  )
  assert.equal(status, 202)
  assert.deepEqual(await arrived(receiver, 2), [TRACED, TRACED])
})

test('what a transformation or a template makes of a message carries it too', async () => {
  const { app, endpoint, receiver } = await oneEndpoint(bellwire)
  await call('PATCH', `/app/${app}/endpoint/${endpoint.id}/transformation`, {
    code: 'function handler(webhook) { webhook.payload = { other: 1 }; return webhook }',
    enabled: true,
  })
  await call('POST', `/app/${app}/msg`, EVENT, TRACED)
  assert.deepEqual(await arrived(receiver), [TRACED])
  assert.equal(receiver.received[0]!.body.toString(), '{"other":1}')
})

test('what is not valid is as if it had not been sent, and without it nothing is stored', async () => {
  const { app, receiver } = await oneEndpoint(bellwire)
  const none = { traceparent: undefined, tracestate: undefined }
  for (const headers of [
    {},
    { tracestate: STATE },
    { traceparent: `00-${TRACE}-0000000000000000-01`, tracestate: STATE },
  ] as Record<string, string>[]) {
    assert.equal((await call('POST', `/app/${app}/msg`, EVENT, headers)).status, 202)
  }
  assert.deepEqual(await arrived(receiver, 3), [none, none, none])
  const wrongState = { traceparent: PARENT, tracestate: 'no state' }
  await call('POST', `/app/${app}/msg`, EVENT, wrongState)
  assert.deepEqual((await arrived(receiver, 4))[3], { traceparent: PARENT, tracestate: undefined })
  const { rows } = await store.pool.query<{ headers: unknown }>(
    `select m.headers from message m
       join application a on a.id = m.application_id and a.id = (select application_id from endpoint where url = $1)
      order by m.id`,
    [receiver.url],
  )
  assert.deepEqual(
    rows.map(({ headers }) => headers),
    [null, null, null, [['traceparent', PARENT]]],
  )
})

test('a provider that sends one is passed on, signed anew or passed through', async () => {
  for (const passThrough of [false, true]) {
    const { app, receiver } = await oneEndpoint(bellwire)
    const source = await openSource(bellwire, {
      ...{ application: app, provider: 'github', passThrough },
      secrets: [{ value: SECRET }],
    })
    const body = `{"passThrough":${passThrough}}`
    const sent = await source.send({ body, headers: { ...githubHeaders(body), ...TRACED } })
    assert.equal(sent.status, 200)
    assert.deepEqual(await arrived(receiver), [TRACED])
  }
})
