// Logins, keys and secrets: what arrives, in which order it comes about, and what arrives packed.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { type Received, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { call, svix } = bellwire

async function withAuth(auth: object, url?: string) {
  const one = await oneEndpoint(bellwire, { secret: SECRET, ...(url && { url }) })
  const at = `/app/${one.app}/endpoint/${one.endpoint.id}`
  const put = await call('PUT', `${at}/auth`, auth)
  assert.equal(put.status, 204, put.text)
  return { ...one, at }
}

type One = Awaited<ReturnType<typeof withAuth>>

/** The bytes of the payload as they stand there. */
async function arrived({ app, receiver, ended }: One, payload = '{"n":1.0}'): Promise<Received> {
  const text = `{"eventType":"a.b","payload":${payload}}`
  assert.equal((await call('POST', `/app/${app}/msg`, text)).status, 202)
  assert.ok((await ended()).every((end) => end === 'succeeded'))
  return receiver.received.at(-1)!
}

const verified = ({ body, headers }: Received) =>
  new Webhook(SECRET).verify(body, headers as Record<string, string>)

const LOGINS: [string, object, Record<string, string>][] = [
  [
    'basic',
    { basic: { username: 'käte', password: 'p:ass' } },
    { authorization: `Basic ${Buffer.from('käte:p:ass').toString('base64')}` },
  ],
  ['bearer', { bearer: { token: 'abc.def' } }, { authorization: 'Bearer abc.def' }],
  [
    'bearer with a word of its own',
    { bearer: { token: 'abc', scheme: 'Token' } },
    { authorization: 'Token abc' },
  ],
  [
    'keys in headers',
    { secretHeaders: { 'DD-API-KEY': 'one two', 'X-App-Secret': 'three' } },
    { 'dd-api-key': 'one two', 'x-app-secret': 'three' },
  ],
]

for (const [name, auth, expected] of LOGINS)
  test(`${name}: the receiver gets it beside the signature`, async () => {
    const one = await withAuth(auth)
    const received = await arrived(one)
    for (const [header, value] of Object.entries(expected)) {
      assert.equal(received.headers[header], value)
    }
    assert.equal(received.body.toString(), '{"n":1.0}')
    verified(received)
  })

test('a change counts from the next attempt on', async () => {
  const one = await withAuth({ bearer: { token: 'first' } })
  assert.equal((await arrived(one)).headers.authorization, 'Bearer first')
  await call('PATCH', `${one.at}/auth`, { bearer: { token: 'second' } })
  assert.equal((await arrived(one)).headers.authorization, 'Bearer second')
  await call('DELETE', `${one.at}/auth`)
  assert.equal((await arrived(one)).headers.authorization, undefined)
})

test('the login of an endpoint takes the place of that of its URL', async () => {
  const receiver = await startReceiver()
  const url = receiver.url.replace('http://', 'http://user:from-url@')
  const one = await withAuth({ bearer: { token: 'from-auth' } }, url)
  await one.send()
  await until('it came', () => receiver.received.length === 1)
  assert.equal(receiver.received[0]!.headers.authorization, 'Bearer from-auth')
})

const BODIES: [string, string, string][] = [
  [
    'before the others, in their own bytes',
    '{ "n": 1.0,"big":12345678901234567890 }',
    ',"n": 1.0,"big":12345678901234567890}',
  ],
  ['into an empty object', '{ }', '}'],
  [
    'in place of one of its name',
    '{"a":[1,{"secret":2}],"secret":"x","b":"}"}',
    ',"a":[1,{"secret":2}],"b":"}"}',
  ],
  ['in place of one that is spelled otherwise', '{"\\u0073ecret":1,"b":2}', ',"b":2}'],
]
for (const [where, payload, rest] of BODIES)
  test(`a shared secret is put into the body ${where}, and the signature is over both`, async () => {
    const one = await withAuth({ secretInBody: { member: 'secret', value: 'say "åh"' } })
    const received = await arrived(one, payload)
    assert.equal(received.body.toString(), `{"secret":"say \\"åh\\""${rest}`)
    JSON.parse(received.body.toString())
    verified(received)
  })

test('a body that is no object cannot take a secret: the attempt says so', async () => {
  const one = await withAuth({ secretInBody: { member: 'secret', value: 'in-the-body' } })
  const { body } = await call('POST', `/app/${one.app}/msg`, {
    ...{ eventType: 'a.b', payload: {}, transformationsParams: { rawPayload: '[1]' } },
  })
  assert.deepEqual(await one.ended(), ['exhausted'])
  const [attempt] = await one.attempts(String(body['id']))
  const { code, detail } = attempt!.failure!
  assert.deepEqual([code, detail, one.receiver.received.length], ['auth_failed', 'body', 0])
})

test('code sees no secret, and cannot set or take one away', async () => {
  const auth = { bearer: { token: 'hidden-token' }, secretHeaders: { 'X-Key': 'hidden-key' } }
  const one = await withAuth({ ...auth, secretInBody: { member: 'secret', value: 'hidden-body' } })
  const code = `function handler(w) {
    w.headers.Authorization = 'Bearer mine'; w.headers['x-key'] = 'mine'; w.headers['x-own'] = 'own'
    w.payload = { seen: JSON.stringify(w), secret: 'mine' }
    return w
  }`
  const patched = await call('PATCH', `${one.at}/transformation`, { code, enabled: true })
  assert.equal(patched.status, 204, patched.text)
  const { headers, body } = await arrived(one)
  const { seen, secret } = JSON.parse(body.toString())
  assert.ok(!seen.includes('hidden'), seen)
  assert.deepEqual(
    [secret, headers.authorization, headers['x-key'], headers['x-own']],
    ['hidden-body', 'Bearer hidden-token', 'hidden-key', 'own'],
  )
  const { body: simulated } = await call('POST', `${one.at}/transformation/simulate`, {
    ...{ code, eventType: 'a.b', payload: {} },
  })
  assert.ok(!JSON.stringify(simulated).includes('hidden'))
})

test('secrets go to the server of the endpoint only, wherever code leads', async () => {
  const elsewhere = await startReceiver()
  const one = await withAuth({ bearer: { token: 'hidden-token' } })
  const code = `function handler(w) { w.url = '${elsewhere.url}'; return w }`
  await call('PATCH', `${one.at}/transformation`, { code, enabled: true })
  const { id } = await one.send()
  assert.deepEqual(await one.ended(), ['exhausted'])
  const [attempt] = await one.attempts(id)
  const { code: failed, detail } = attempt!.failure!
  assert.deepEqual([failed, detail], ['auth_failed', 'elsewhere'])
  assert.equal(elsewhere.received.length, 0)
})

test('examples, resends and replays prove themselves, too', async () => {
  const one = await withAuth({ secretHeaders: { 'X-Key': 'the-key-of-all' } })
  await call('POST', `${one.at}/send-example`, { eventType: 'svix.ping' })
  const { id } = await one.send()
  await one.ended()
  await call('POST', `/app/${one.app}/msg/${id}/endpoint/${one.endpoint.id}/resend`)
  await until('three came', () => one.receiver.received.length === 3)
  // What is under way is not replayed, and it is until it is recorded.
  await one.ended()
  await call('POST', `${one.at}/bulk-replay`, { since: new Date(Date.now() - 60_000) })
  await until('five came', () => one.receiver.received.length === 5)
  const keys = one.receiver.received.map(({ headers }) => headers['x-key'])
  assert.deepEqual(new Set(keys), new Set(['the-key-of-all']))
})

test('an endpoint for operational webhooks proves itself like any', async () => {
  const receiver = await startReceiver()
  const path = '/operational-webhook/endpoint'
  const made = await call('POST', path, {
    ...{ url: receiver.url, eventTypes: ['endpoint.created'] },
    auth: { bearer: { token: 'operators' } },
  })
  assert.equal(made.status, 201, made.text)
  const { id } = await svix.application.create({ name: 'watched' })
  await svix.endpoint.create(id, { url: 'https://192.0.1.1/' })
  await until('it was told', () => receiver.received.length === 1)
  assert.equal(receiver.received[0]!.headers.authorization, 'Bearer operators')
  const at = `${path}/${made.body['id']}/auth`
  assert.deepEqual((await call('GET', at)).body['bearer'], { scheme: 'Bearer' })
  assert.equal((await call('PUT', at, { secretHeaders: { 'X-Key': 'other' } })).status, 204)
  await svix.endpoint.create(id, { url: 'https://192.0.1.1/2' })
  await until('it was told again', () => receiver.received.length === 2)
  assert.equal(receiver.received[1]!.headers['x-key'], 'other')
  assert.equal((await call('DELETE', at)).status, 204)
  await call('DELETE', `${path}/${made.body['id']}`)
})

test('a test at a bin shows how it proves itself, without the secrets', async () => {
  const { app, at, receiver } = await withAuth({
    ...{ secretHeaders: { 'X-Key': 'hidden-key' }, bearer: { token: 'hidden-token' } },
    secretInBody: { member: 'secret', value: 'hidden-body' },
    signature: { header: 'X-S', secret: 'hidden-signature' },
  })
  const { status, text, body } = await call('POST', `${at}/test-bin`, { eventType: 'svix.ping' })
  assert.equal(status, 201, `${app}: ${text}`)
  assert.ok(!text.includes('hidden'), text)
  const { headers, verdict } = body['capture'] as { headers: string[][]; verdict: string }
  const value = (wanted: string) => headers.find(([name]) => name!.toLowerCase() === wanted)?.[1]
  assert.deepEqual([value('x-key'), value('authorization'), verdict], ['***', '***', 'valid'])
  const shown = '{"secret":"***","success":true}'
  assert.equal(value('x-s'), createHmac('sha256', 'hidden-signature').update(shown).digest('hex'))
  assert.equal(receiver.received.length, 0)
})

test('gzip: a large body is packed, the signatures are over what is in it', async () => {
  const one = await withAuth({ signature: { header: 'X-S', secret: 'a legacy secret' } })
  assert.equal((await call('PATCH', one.at, { gzip: true })).body['gzip'], true)
  const payload = JSON.stringify({ text: 'lorem ipsum '.repeat(500) })
  const received = await arrived(one, payload)
  assert.equal(received.headers['content-encoding'], 'gzip')
  assert.equal(received.headers['content-length'], String(received.body.length))
  assert.ok(received.body.length < payload.length / 10)
  const body = gunzipSync(received.body)
  assert.equal(body.toString(), payload)
  verified({ ...received, body })
  const expected = createHmac('sha256', 'a legacy secret').update(payload).digest('hex')
  assert.equal(received.headers['x-s'], expected)
})

test('gzip: what is small goes as it is, and off is off', async () => {
  const one = await withAuth({})
  await call('PATCH', one.at, { gzip: true })
  const small = await arrived(one, JSON.stringify({ text: 'x'.repeat(900) }))
  await call('PATCH', one.at, { gzip: false })
  const off = await arrived(one, JSON.stringify({ text: 'x'.repeat(9_000) }))
  for (const received of [small, off]) {
    assert.equal(received.headers['content-encoding'], undefined)
    verified(received)
  }
})

test('gzip: the attempt shows that it was packed', async () => {
  const one = await withAuth({})
  await call('PATCH', one.at, { gzip: true })
  const { id } = await one.send({ text: 'x'.repeat(5_000) })
  const [attempt] = await one.attempted(id, 1)
  const { body } = await call('GET', `/app/${one.app}/msg/${id}/attempt/${attempt!.id}/headers`)
  assert.equal((body['sentHeaders'] as Record<string, string>)['content-encoding'], 'gzip')
})
