// What arrives at a bin is kept as it was sent and answered as it is told, on a server as it runs.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openBin as openBinOf } from '../bin.ts'
import { startBellwire } from '../harness.ts'
import { githubSignature } from '../provider.ts'
import { startReceiver } from '../receiver.ts'
import { rawRequest } from '../vectors/raw-request.ts'

const bellwire = await startBellwire()

const openBin = (fields: object = {}) => openBinOf(bellwire, fields)

test('any method, target, header and body is kept byte for byte', async () => {
  const bin = await openBin()
  const { port, pathname } = new URL(bin.url)
  const cases = [
    { method: 'POST', rest: '/a%2Fb//c?x=1&x=2&y', body: randomBytes(5_000) },
    { method: 'PUT', rest: '/?', body: Buffer.from('\ufeff{"a":1.0}\r\n') },
    { method: 'DELETE', rest: '', body: Buffer.alloc(0) },
    { method: 'PROPFIND', rest: '/%zz', body: Buffer.from('<a>\u00e9</a>') },
    { method: 'GET', rest: '/with/a/body', body: Buffer.from([0, 255, 10]) },
  ]
  const headers: [string, string][] = [
    ['X-Twice', 'one'],
    ['x-twice', 'two'],
    ['X-ODD', 'a,  b;"c"'],
    ['Content-Encoding', 'gzip'],
  ]
  for (const { method, rest, body } of cases) {
    const reply = await rawRequest({
      ...{ port: Number(port), method, headers, body, target: `${pathname}${rest}` },
    })
    assert.equal(reply.status, 200, method)
  }
  const captures = await bin.captures('?order=ascending')
  assert.deepEqual(
    captures.map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  )
  for (const [index, { method, rest, body }] of cases.entries()) {
    const capture = captures[index]!
    assert.equal(capture.method, method)
    assert.equal(capture.target, `${pathname}${rest}`)
    assert.deepEqual(capture.headers.slice(2, 6), headers)
    assert.ok(Buffer.from(capture.body.base64, 'base64').equals(body), method)
    assert.equal(capture.body.sha256, createHash('sha256').update(body).digest('hex'))
  }
})

/** Bodies of other kinds, as their senders write them. */
const MULTIPART = Buffer.concat([
  Buffer.from('--bö\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'),
  Buffer.from('Content-Type: application/octet-stream\r\n\r\n'),
  Buffer.from([0, 13, 10, 255, 45, 45]),
  Buffer.from('\r\n--bö--\r\n'),
])
const KINDS: [type: string, body: Buffer][] = [
  ['application/json', Buffer.from('{"a" : 1e2, "a":2}\n')],
  ['application/x-www-form-urlencoded', Buffer.from('a=1&a=%20+&b')],
  ['multipart/form-data; boundary="bö"', MULTIPART],
  ['application/xml', Buffer.from('\ufeff<?xml version="1.0"?>\r\n<a b=\'1\'>&lt;</a>')],
  ['text/xml; charset=utf-16', Buffer.from('\ufeff<a/>', 'utf16le')],
  ['image/png', randomBytes(70_000)],
  ['', Buffer.from([0x80, 0xff])],
]

for (const [type, body] of KINDS) {
  test(`a body of ${type || 'no type'} is kept byte for byte`, async () => {
    const bin = await openBin()
    const headers: [string, string][] = type === '' ? [] : [['Content-Type', type]]
    const { port, target } = bin
    await rawRequest({ port, method: 'POST', target, headers, body })
    const [capture] = await bin.captures()
    assert.deepEqual(Buffer.from(capture!.body.base64, 'base64'), body)
    assert.equal(capture!.body.sha256, createHash('sha256').update(body).digest('hex'))
    assert.equal(capture!.body.size, body.length)
  })
}

test('rules answer by method and path, in turn, by chance that repeats, late, or as the path asks', async () => {
  const bin = await openBin({
    rules: [
      { method: 'PUT', status: 201, headers: { 'X-Rule': 'put' }, body: '<b>put</b>' },
      { path: '/retry/*', statuses: [500, 503, 204] },
      { path: '/flaky', failureRate: 0.5, seed: 7 },
      { path: '/slow', delayMs: 300 },
    ],
  })
  const statusOf = async (rest: string) => (await bin.send({ method: 'POST' }, rest)).status
  const put = await bin.send({ method: 'PUT', body: 'x' }, '/anything')
  assert.equal(put.status, 201)
  assert.equal(put.headers.get('x-rule'), 'put')
  assert.equal(put.headers.get('content-security-policy'), 'sandbox')
  assert.equal(put.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(await put.text(), '<b>put</b>')
  const retried = []
  for (let n = 0; n < 4; n++) retried.push(await statusOf('/retry/me'))
  assert.deepEqual(retried, [500, 503, 204, 204])
  const flaky = []
  for (let n = 0; n < 12; n++) flaky.push(await statusOf('/flaky'))
  assert.deepEqual(new Set(flaky), new Set([200, 500]))
  const startedAt = performance.now()
  assert.equal(await statusOf('/slow'), 200)
  assert.ok(performance.now() - startedAt >= 290)
  assert.equal(await statusOf('/x/~/418'), 418)
  assert.equal(await statusOf('/x'), 200)
  const again = await openBin({ rules: [{ path: '/flaky', failureRate: 0.5, seed: 7 }] })
  const repeated = []
  for (let n = 0; n < 12; n++) repeated.push((await again.send({}, '/flaky')).status)
  assert.deepEqual(repeated, flaky)
})

test('the last 500 stay, and what is pinned stays longer', async () => {
  const bin = await openBin()
  await bin.send({ method: 'POST', body: 'pinned' })
  const [first] = await bin.captures()
  await bellwire.call('PATCH', `${bin.path}/capture/${first!.id}`, { pinned: true })
  const { pool } = bellwire.store
  // As if nearly all of them had come.
  await pool.query('update bin set last_seq = 500 where last_seq = 1')
  await bin.send({ method: 'POST', body: 'no longer the first' })
  await pool.query('update bin set last_seq = 1001 where last_seq = 501')
  await bin.send({ method: 'POST', body: 'the last' })
  const left = await bin.captures('?order=ascending')
  assert.deepEqual(
    left.map(({ seq }) => seq),
    [1, 1002],
  )
})

test('unknown is 404, over is 410, too large is 413, too many are 429', async () => {
  const bin = await openBin({ expiresInSeconds: 60 })
  const { origin } = new URL(bin.url)
  assert.equal((await fetch(`${origin}/b/${'a'.repeat(47)}`)).status, 404)
  const large = await bin.send({ method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) })
  assert.equal(large.status, 413)
  const answers = await Promise.all(Array.from({ length: 400 }, () => bin.send()))
  const refused = answers.find(({ status }) => status === 429)
  assert.ok(Number(refused?.headers.get('retry-after')) >= 1)
  await bellwire.store.pool.query("update bin set expires_at = now() - interval '1 second'")
  assert.equal((await bin.send()).status, 410)
})

test('a capture says whether it is signed, and sends itself again', async () => {
  const bin = await openBin({ expiresInSeconds: 3600 })
  const body = '{"it\'s":"\\u00e9"}'
  const headers = { 'X-Hub-Signature-256': githubSignature(body), 'X-GitHub-Event': 'push' }
  await bin.send({ method: 'POST', body, headers })
  const [capture] = await bin.captures()
  const one = `${bin.path}/capture/${capture!.id}`
  const verdictOf = async (secret: string) =>
    (await bellwire.call('POST', `${one}/verify`, { provider: 'github', secret })).body
  assert.equal((await verdictOf('It is a secret of GitHub'))['verdict'], 'valid')
  const wrong = await verdictOf('another secret')
  assert.equal(wrong['verdict'], 'invalid')
  assert.equal(wrong['reason'], 'signature_mismatch')
  const receiver = await startReceiver()
  const { body: code } = await bellwire.call(
    'GET',
    `${one}/code?format=fetch&url=${encodeURIComponent(receiver.url)}`,
  )
  await new Function(`return (async () => { ${String(code['code'])} })()`)()
  assert.equal(receiver.received[0]!.body.toString(), body)
  assert.equal(receiver.received[0]!.headers['x-hub-signature-256'], githubSignature(body))
  const { body: curl } = await bellwire.call('GET', `${one}/code`)
  assert.match(
    String(curl['code']),
    /base64 -d \| curl --globoff -X 'POST' 'http:\/\/localhost:3000\/'/,
  )
})

test('an endpoint may be a bin of the same server, and nothing else of it', async () => {
  const bin = await openBin()
  const { svix } = bellwire
  await svix.application.create({ name: 'Seen', uid: 'seen' })
  const endpoint = await svix.endpoint.create('seen', { url: `${bin.url}/orders` })
  const { id } = await svix.message.create('seen', { eventType: 'order', payload: { n: 1 } })
  const [capture] = (await bin.get('wait?after=0&timeout=20&target=/orders')).data
  assert.equal(Buffer.from(capture!.body.base64, 'base64').toString(), '{"n":1}')
  assert.equal(new Map(capture!.headers).get('webhook-id'), id)
  const { key } = await svix.endpoint.getSecret('seen', endpoint.id)
  const verify = `${bin.path}/capture/${capture!.id}/verify`
  const secret = { provider: 'standard-webhooks', secret: key }
  assert.equal((await bellwire.call('POST', verify, secret)).body['verdict'], 'valid')

  const { origin } = new URL(bin.url)
  for (const path of ['/', '/b', '/b/../api/v1/health', '/b/%2e%2e/api/v1/health', '/in/token']) {
    const refused = svix.endpoint.create('seen', { url: `${origin}${path}` })
    await assert.rejects(refused, { code: 422 }, path)
  }
})

test('a capture is sent again as it was or changed, but only where the guard lets it, and compared', async () => {
  const bin = await openBin()
  const receiver = await startReceiver(() => ({ status: 202, body: 'thanks' }))
  const body = Buffer.from([0, 255, 10, 13])
  await bin.send({ method: 'POST', body, headers: { 'X-One': '1', 'X-Two': '2' } })
  const [capture] = await bin.captures()
  const replay = (fields: object) =>
    bellwire.call('POST', `${bin.path}/capture/${capture!.id}/replay`, fields)
  const same = await replay({ url: receiver.url })
  assert.equal(same.status, 200, same.text)
  assert.equal(same.body['status'], 202)
  assert.equal(Buffer.from(String(same.body['body']), 'base64').toString(), 'thanks')
  const [got] = receiver.received
  assert.ok(got!.body.equals(body))
  assert.equal(got!.headers['x-one'], '1')
  await replay({
    ...{ url: receiver.url, method: 'PUT', body: Buffer.from('changed').toString('base64') },
    headers: { 'x-one': 'one', 'X-Two': null },
  })
  const changed = receiver.received[1]!
  assert.equal(changed.method, 'PUT')
  assert.equal(changed.body.toString(), 'changed')
  assert.equal(changed.headers['x-one'], 'one')
  assert.equal(changed.headers['x-two'], undefined)
  for (const url of ['http://169.254.169.254/', 'http://10.0.0.1/', 'http://a:b@127.0.0.1:1/']) {
    const refused = await replay({ url })
    assert.equal(refused.status, 422, refused.text)
  }
  await bin.send({ method: 'POST', body: 'other', headers: { 'X-One': '2', 'X-Two': '2' } })
  const [second] = await bin.captures()
  const { body: difference } = await bellwire.call(
    'GET',
    `${bin.path}/capture/${second!.id}/compare`,
  )
  const headers = difference['headers'] as { name: string }[]
  assert.ok(headers.some(({ name }) => name === 'x-one'))
  assert.ok(!headers.some(({ name }) => name === 'x-two'))
})
