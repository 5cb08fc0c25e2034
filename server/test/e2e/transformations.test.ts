// Code of customers between a message and its request: what it may do, and what it cannot.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

async function transformed(code: string, more: object = {}, env = {}) {
  const bellwire = await startBellwire(env)
  const one = await oneEndpoint(bellwire, { secret: SECRET })
  const path = `/app/${one.app}/endpoint/${one.endpoint.id}/transformation`
  const patch = async (body: object) => {
    const { status, text } = await bellwire.call('PATCH', path, body)
    assert.equal(status, 204, text)
  }
  await patch({ code, enabled: true, ...more })
  const simulate = (code: string, payload: object = {}, more: object = {}) =>
    bellwire.call('POST', `${path}/simulate`, { code, eventType: 'a.b', payload, ...more })
  return { bellwire, ...one, path, patch, simulate }
}

test('method, url, headers and payload are those that the code makes, and the signature is of them', async () => {
  const { receiver, send, ended, attempts } = await transformed(
    `const handler = (webhook) => {
       webhook.method = 'PUT'
       webhook.url += '/of/' + webhook.payload.id + '?t=' + webhook.env.team
       webhook.headers['x-type'] = webhook.eventType
       webhook.payload = { id: webhook.payload.id }
       return webhook
     }`,
    { variables: { team: 'nordic' } },
  )
  const { id } = await send({ id: 7, secret: 'x' })
  assert.deepEqual(await ended(), ['succeeded'])
  const [{ method, path, headers, body }] = receiver.received as [(typeof receiver.received)[0]]
  assert.deepEqual([method, path], ['PUT', '/hook/of/7?t=nordic'])
  assert.equal(headers['x-type'], 'a.b')
  assert.equal(body.toString(), '{"id":7}')
  new Webhook(SECRET).verify(body, headers as Record<string, string>)
  const [attempt] = await attempts(id)
  assert.equal(attempt!.url, `${receiver.url}/of/7?t=nordic`)
})

test('a payload that is not touched keeps its bytes, and GET has no body', async () => {
  const { bellwire, app, receiver, ended, patch } = await transformed(
    'function handler(webhook) { webhook.headers.a = "b"; return webhook }',
  )
  const raw = '{ "n": 1.0, "big": 12345678901234567890 }'
  await bellwire.call('POST', `/app/${app}/msg`, `{"eventType":"a.b","payload":${raw}}`)
  assert.deepEqual(await ended(), ['succeeded'])
  assert.equal(receiver.received[0]!.body.toString(), raw)
  await patch({ code: 'function handler(webhook) { webhook.method = "GET"; return webhook }' })
  await bellwire.call('POST', `/app/${app}/msg`, `{"eventType":"a.b","payload":${raw}}`)
  assert.deepEqual(await ended(), ['succeeded', 'succeeded'])
  const [, { method, body, headers }] = receiver.received as [
    unknown,
    (typeof receiver.received)[0],
  ]
  assert.deepEqual([method, body.length, headers['content-type']], ['GET', 0, undefined])
})

test('code may cancel a delivery: nothing is sent, and the API says by what and when', async () => {
  const { bellwire, app, endpoint, receiver, send, ended } = await transformed(
    'function handler(webhook) { webhook.cancel = webhook.payload.n < 2; return webhook }',
  )
  const { id } = await send({ n: 1 })
  await send({ n: 2 })
  assert.deepEqual(await ended(), ['cancelled', 'succeeded'])
  assert.equal(receiver.received.length, 1)
  const path = `/app/${app}/msg/${id}/endpoint?expanded_statuses=true`
  const [shown] = (await bellwire.call('GET', path)).body['data'] as Record<string, unknown>[]
  assert.deepEqual(
    [shown!['status'], shown!['statusReason'], shown!['cancelledBy'], shown!['filteredBy']],
    [4, 'cancelled', 'transformation', undefined],
  )
  assert.ok(Math.abs(Date.parse(String(shown!['finishedAt'])) - Date.now()) < 60_000)
  const messages = `/app/${app}/endpoint/${endpoint.id}/msg?expanded_statuses=true&status=4`
  const listed = (await bellwire.call('GET', messages)).body['data'] as (typeof shown)[]
  assert.deepEqual(
    listed.map((message) => [message!['id'], message!['cancelledBy'], message!['finishedAt']]),
    [[id, 'transformation', shown!['finishedAt']]],
  )
})

test('what a filter held back and the code cancels when it is sent again says so', async () => {
  const { bellwire, app, endpoint, send, ended } = await transformed(
    'function handler(webhook) { webhook.cancel = true; return webhook }',
  )
  await bellwire.call('PATCH', `/app/${app}/endpoint/${endpoint.id}`, { filter: { type: 'b' } })
  const { id } = await send()
  assert.deepEqual(await ended(), ['filtered'])
  await bellwire.svix.messageAttempt.resend(app, id, endpoint.id)
  assert.deepEqual(await ended(), ['cancelled'])
  const path = `/app/${app}/msg/${id}/endpoint?expanded_statuses=true`
  const [shown] = (await bellwire.call('GET', path)).body['data'] as Record<string, unknown>[]
  assert.deepEqual([shown!['statusReason'], shown!['cancelledBy']], ['cancelled', 'transformation'])
})

test('code sees the channels of the message and what was sent along for it, at every attempt', async () => {
  const { bellwire, app, receiver, ended, simulate } = await transformed(
    `function handler(webhook) {
       const { channels, transformationsParams } = webhook
       webhook.payload = { channels, transformationsParams }
       return webhook
     }`,
  )
  receiver.react((_, count) => (count === 1 ? { status: 500 } : {}))
  const message = (transformationsParams: object, more = {}) => ({
    ...{ eventType: 'a.b', payload: {}, transformationsParams, ...more },
  })
  const path = `/app/${app}/msg`
  const params = { region: 'eu', big: { n: [1, '\u0000'] } }
  const sent = await bellwire.call('POST', path, message(params, { channels: ['a', 'b'] }))
  assert.equal(sent.status, 202, sent.text)
  assert.deepEqual(await ended(), ['succeeded'])
  const raw = { rawPayload: '<a/>', headers: { 'Content-Type': 'text/xml' } }
  const batch = { messages: [message(raw)] }
  assert.equal((await bellwire.call('POST', `${path}/batch`, batch)).status, 202)
  await ended()
  const { headers } = raw
  const seen = receiver.received.map(({ body }) => JSON.parse(body.toString()))
  const first = { channels: ['a', 'b'], transformationsParams: params }
  assert.deepEqual(seen, [first, first, { channels: [], transformationsParams: { headers } }])

  const { id } = sent.body as { id: string }
  await bellwire.call('DELETE', `${path}/${id}/content`)
  const { rows } = await bellwire.store.pool.query(
    'select transformations_params from message order by id',
  )
  assert.deepEqual(
    rows.map((row) => row.transformations_params),
    [null, { headers }],
  )
  const large = await bellwire.call('POST', path, message({ x: 'x'.repeat(8_192) }))
  const [{ loc, msg }] = large.body['detail'] as [{ loc: string[]; msg: string }]
  assert.deepEqual([large.status, loc], [422, ['body', 'transformationsParams']])
  assert.match(msg, /at most 8192 characters/)

  const given = { channels: ['c'], transformationsParams: { region: 'us' } }
  const code = 'function handler(w) { w.payload = [w.channels, w.transformationsParams]; return w }'
  const simulated = await simulate(code, {}, given)
  assert.equal(simulated.body['payload'], '[["c"],{"region":"us"}]')
})

test('code that fails is a failed attempt with its error, tried again, and mended in between', async () => {
  const { receiver, send, ended, attempted, patch } = await transformed(
    'function handler(webhook) {\n  return webhook.payload.a.b\n}',
    {},
    { BELLWIRE_RETRY_SCHEDULE: '3' },
  )
  const { id } = await send({})
  const [first] = await attempted(id, 1)
  assert.equal(first!.failure!.code, 'transformation_failed')
  assert.match(first!.failure!.message, /^TypeError: .*undefined.* \(line 2\)$/)
  assert.deepEqual([first!.responseStatusCode, receiver.received.length], [0, 0])
  await patch({ code: 'function handler(webhook) { return webhook }' })
  assert.deepEqual(await ended(), ['succeeded'])
  assert.equal(receiver.received.length, 1)
})

test('a url that the code sets is guarded like any', async () => {
  const { send, attempted } = await transformed(
    'function handler(webhook) { webhook.url = "http://169.254.169.254/latest"; return webhook }',
    {},
    { BELLWIRE_RETRY_SCHEDULE: '' },
  )
  const [attempt] = await attempted((await send()).id, 1)
  assert.equal(attempt!.failure!.code, 'blocked_destination')
})

test('a version can be had again, and off is off', async () => {
  const { bellwire, path, patch, receiver, send, ended } = await transformed(
    'function handler(webhook) { webhook.payload = { v: 1 }; return webhook }',
  )
  const { call } = bellwire
  await patch({ code: 'function handler(webhook) { webhook.payload = { v: 2 }; return webhook }' })
  await send()
  await ended()
  assert.equal((await call('POST', `${path}/rollback`, { version: 1 })).status, 204)
  await send()
  await ended()
  await patch({ enabled: false })
  await send({ as: 'it is' })
  await ended()
  const bodies = receiver.received.map(({ body }) => body.toString())
  assert.deepEqual(bodies, ['{"v":2}', '{"v":1}', '{"as":"it is"}'])
  const { data } = (await call('GET', `${path}/version`)).body as {
    data: { version: number; current: boolean }[]
  }
  assert.deepEqual(
    data.map(({ version, current }) => [version, current]),
    [
      [2, false],
      [1, true],
    ],
  )
  assert.equal((await call('POST', `${path}/rollback`, { version: 9 })).status, 404)
  const { rows } = await bellwire.store.pool.query('select after from audit_log')
  assert.ok(rows.length > 0 && !JSON.stringify(rows).includes('function handler'))
})

/** Code, and what the simulation says of it. */
const REFUSED: [string, RegExp][] = [
  ['function handler() { for (;;) {} }', /longer than 50 ms/],
  [
    'function handler() { const a = []; for (;;) a.push("x".repeat(1e5) + a.length) }',
    /memory|longer/,
  ],
  ['function handler(w) { return handler(w) }', /stack/i],
  ['function other() { return 1 }', /no function handler/],
  ['function handler( {', /SyntaxError/],
  ['async function handler(w) { return w }', /not a promise/],
  ['function handler() { return 1 }', /must return the webhook object/],
  [
    'function handler() { throw new Error("no " + typeof fetch + typeof process + typeof require) }',
    /no undefinedundefinedundefined/,
  ],
  ['function handler(w) { w.method = "TRACE"; return w }', /method must be one of/],
  ['function handler(w) { w.url = "ftp://a/"; return w }', /absolute http/],
  ['function handler(w) { w.url = "https://a:b@c/"; return w }', /user name/],
  ['function handler(w) { w.headers.Host = "evil"; return w }', /host/i],
  ['function handler(w) { w.headers["content-type"] = "a\\r\\nb: c"; return w }', /content/],
  [
    'function handler(w) { console.log("seen", { a: 1 }); nothing.here }',
    /console: seen \{"a":1\}/,
  ],
  [
    'const { constructor } = () => {}; function handler(w) { throw new Error(String(constructor("return this")() === globalThis)) }',
    /Error: true/,
  ],
]

test('what code cannot do is said with its reason, and the next one runs', async () => {
  const { simulate } = await transformed('function handler(webhook) { return webhook }')
  for (const [code, said] of REFUSED) {
    const { status, body } = await simulate(code)
    assert.equal(status, 422, code)
    const [{ loc, msg }] = body['detail'] as [{ loc: string[]; msg: string }]
    assert.deepEqual(loc, ['body', 'code'])
    assert.match(msg, said)
    assert.doesNotMatch(msg, /node_modules|\/server\/|file:/)
  }
  const { status, body } = await simulate('function handler(w) { console.log("a", 1); return w }', {
    a: 1,
  })
  assert.equal(status, 200)
  assert.deepEqual([body['payload'], body['console'], body['method']], ['{"a":1}', ['a 1'], 'POST'])
})

test('the clock stands at the time of the message, and chance is the same at every attempt', async () => {
  const { receiver, send, ended } = await transformed(
    `function handler(webhook) {
       const began = Date.now()
       for (let i = 0; i < 1e4; i++);
       webhook.payload = { moved: Date.now() - began, at: new Date().toISOString(), random: Math.random(),
                           other: new (new Date().constructor)().getTime() - began }
       return webhook
     }`,
  )
  receiver.react((_, count) => (count === 1 ? { status: 500 } : {}))
  await send()
  assert.deepEqual(await ended(), ['succeeded'])
  const [first, second] = receiver.received.map(({ body }) => JSON.parse(body.toString()))
  assert.deepEqual(first, second)
  assert.deepEqual([first.moved, first.other], [0, 0])
  assert.ok(Math.abs(Date.parse(first.at) - Date.now()) < 60_000)
})

test('an endless script of one endpoint does not keep the requests of another from being made', async () => {
  const { bellwire, app, send, receiver } = await transformed('function handler() { for (;;) {} }')
  const other = await startReceiver()
  const { id } = await bellwire.svix.endpoint.create(app, { url: other.url })
  const code = 'function handler(webhook) { webhook.payload = { ok: true }; return webhook }'
  await bellwire.call('PATCH', `/app/${app}/endpoint/${id}/transformation`, { code, enabled: true })
  for (let n = 0; n < 20; n++) await send({ n })
  const started = performance.now()
  while (other.received.length < 20 && performance.now() - started < 20_000) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(other.received.length, 20)
  assert.equal(receiver.received.length, 0)
})
