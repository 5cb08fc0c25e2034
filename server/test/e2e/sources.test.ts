// Other people's webhooks from the door to the receiver, on a server as it runs.
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { verifySignature } from '@bellwire/sdk'
import { startBellwire } from '../harness.ts'
import { githubHeaders, githubSignature, openSource, SECRET } from '../provider.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire()
const github = { provider: 'github', secrets: [{ value: SECRET }] }

/** An application with a receiver, and a source that leads there. */
async function route(fields: object = {}) {
  const { id: application } = await bellwire.svix.application.create({ name: 'inbound' })
  const receiver = await startReceiver()
  const endpoint = await bellwire.svix.endpoint.create(application, { url: receiver.url })
  const { key } = await bellwire.svix.endpoint.getSecret(application, endpoint.id)
  const source = await openSource(bellwire, { application, ...github, ...fields })
  const arrived = (count: number) =>
    until(`${count} arrived`, () => receiver.received.length >= count)
  const messages = async () => (await bellwire.svix.message.list(application)).data
  return { application, receiver, key, source, arrived, messages }
}

test('a webhook arrives in its own bytes, with its type, signed anew', async () => {
  const { receiver, key, source, arrived, messages } = await route()
  const body = '{"action":"opened", "n":1.0, "big":12345678901234567890,"é":"\\/"}\r\n'
  const answer = await source.github(body, { 'X-GitHub-Event': 'issues' })
  assert.equal(answer.status, 200)
  assert.equal(await answer.text(), '')
  await arrived(1)
  const [got] = receiver.received
  assert.equal(got!.body.toString(), body)
  assert.equal(got!.headers['content-type'], 'application/json')
  assert.equal(got!.headers['x-hub-signature-256'], undefined)
  await verifySignature(got!.body, got!.headers, key)
  const [message] = await messages()
  assert.equal(message!.eventType, 'github.issues.opened')
  assert.deepEqual(message!.tags, [source.id])
})

test('passed through, the receiver can verify the signature of the provider', async () => {
  const { receiver, source, arrived } = await route({ passThrough: true })
  const body = Buffer.from([0, 255, 13, 10, 0xc3, 0x28])
  const headers = { 'Content-Type': 'application/octet-stream', 'X-Odd': 'a,  b', Cookie: 'a=b' }
  assert.equal((await source.github(body, headers)).status, 200)
  await arrived(1)
  const [got] = receiver.received
  assert.ok(got!.body.equals(body))
  assert.equal(got!.headers['x-hub-signature-256'], githubSignature(body))
  assert.equal(got!.headers['content-type'], 'application/octet-stream')
  assert.equal(got!.headers['x-odd'], 'a,  b')
  assert.equal(got!.headers['cookie'], undefined)
})

test('a shared secret that is sent as it is goes no further and is written down nowhere', async () => {
  const { receiver, source, arrived } = await route({
    provider: 'gitlab',
    variant: 'legacy-token',
    secrets: [{ value: 'a token of GitLab' }],
    passThrough: true,
  })
  const headers = { 'X-Gitlab-Token': 'a token of GitLab', 'X-Gitlab-Event': 'Push Hook' }
  assert.equal((await source.send({ body: '{}', headers })).status, 200)
  await arrived(1)
  assert.ok(!JSON.stringify(receiver.received[0]!.headers).includes('a token of GitLab'))
  const [request] = await source.requests()
  assert.equal(request!['eventType'], 'gitlab.Push.Hook')
  assert.ok(!JSON.stringify(request).includes('a token of GitLab'))
})

test('Plaid signs with keys of its own: those that were given count, one after the other', async () => {
  const [old, next] = ['old', 'next'].map((kid) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return {
      privateKey,
      kid,
      value: JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid }),
    }
  })
  const { source, arrived, messages } = await route({
    provider: 'plaid',
    secrets: [{ value: old!.value }],
  })
  const body = '{\n  "webhook_type": "ITEM",\n  "webhook_code": "ERROR"\n}'
  const send = (key: { privateKey: KeyObject; kid: string }, signed = body) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const sha256 = createHash('sha256').update(signed).digest('hex')
    const claims = { iat: Math.floor(Date.now() / 1000), request_body_sha256: sha256 }
    const head = `${part({ alg: 'ES256', typ: 'JWT', kid: key.kid })}.${part(claims)}`
    const { privateKey } = key
    const signature = sign('sha256', Buffer.from(head), {
      ...{ key: privateKey, dsaEncoding: 'ieee-p1363' },
    })
    const token = `${head}.${signature.toString('base64url')}`
    return source.send({ body, headers: { 'Plaid-Verification': token } })
  }
  assert.equal((await send(old!)).status, 200)
  await arrived(1)
  assert.equal((await messages())[0]!.eventType, 'plaid.ITEM.ERROR')
  assert.equal((await send(old!, '{}')).status, 401, 'another body')
  assert.equal((await send(next!)).status, 401, 'a key that nobody gave')
  assert.equal((await send({ ...next!, kid: 'old' })).status, 401, 'under a name that is known')
  const added = await bellwire.call('POST', `/source/${source.id}/secret`, { value: next!.value })
  assert.equal(added.status, 201, added.text)
  assert.equal((await send(next!)).status, 200)
})

test('a secret stands where the user chose, and only there; it goes no further from there', async () => {
  const secret = 'a secret of our own'
  const fields = { provider: 'supabase', secrets: [{ value: secret }], passThrough: true }
  const { receiver, source, arrived } = await route({
    ...{ ...fields, place: { headers: ['X-My-Secret'] } },
  })
  const send = (name: string, path = '') =>
    source.send({ body: '{"type":"INSERT","table":"t"}', headers: { [name]: secret }, path })
  assert.equal((await send('X-My-Secret')).status, 200)
  assert.equal((await send('x-webhook-secret')).status, 401, 'its usual place')
  await arrived(1)
  assert.equal(receiver.received[0]!.headers['x-my-secret'], undefined)
  assert.ok(!JSON.stringify(await source.requests('?outcome=accepted')).includes(secret))
  assert.equal((await source.patch({ place: { query: 'token' } })).status, 200)
  const query = `?token=${encodeURIComponent(secret)}`
  await until('the change is known', async () => (await send('X-Other', query)).status === 200)
  assert.equal((await send('X-My-Secret')).status, 401)
  assert.ok(!JSON.stringify(await source.requests()).includes(encodeURIComponent(secret)))
})

test('50 at once of one delivery are one message, and all are answered like the first', async () => {
  const { receiver, source, arrived, messages } = await route({
    answer: { status: 202, headers: { 'X-Seen': 'yes' }, body: 'thanks' },
  })
  const body = '{"n":1}'
  const headers = githubHeaders(body)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => source.send({ body, headers })),
  )
  for (const answer of answers) {
    assert.equal(answer.status, 202)
    assert.equal(answer.headers.get('x-seen'), 'yes')
    assert.equal(await answer.text(), 'thanks')
  }
  await arrived(1)
  assert.equal((await messages()).length, 1)
  assert.equal(receiver.received.length, 1)
  const [first] = await source.requests('?outcome=accepted')
  assert.equal(first!['duplicates'], 49)
  // The same id with another type is another event.
  const other = await source.send({ body, headers: { ...headers, 'X-GitHub-Event': 'star' } })
  assert.equal(other.status, 202)
  assert.equal((await messages()).length, 2)
})

test('the same body under another id is marked, and refused where the source says so', async () => {
  const { source, messages } = await route()
  assert.equal((await source.github('{"n":2}')).status, 200)
  assert.equal((await source.github('{"n":2}')).status, 200)
  const [second] = await source.requests('?outcome=accepted')
  assert.equal(second!['replaySuspected'], true)
  await source.patch({ refuseReplays: true })
  assert.equal((await source.github('{"n":2}')).status, 401)
  assert.equal((await messages()).length, 2)
  // What was refused holds no key: the real one with this id still comes in.
  assert.equal((await source.github('{"n":3}')).status, 200)
})

test('what does not prove itself gets the same 401, is kept with its reason and goes nowhere', async () => {
  const { receiver, source, messages } = await route()
  const body = '{"n":1}'
  const good = githubHeaders(body)
  const { 'X-Hub-Signature-256': right, ...unsigned } = good
  const wrong: [string, Record<string, string>][] = [
    ['signature_missing', unsigned],
    ['signature_malformed', { ...good, 'X-Hub-Signature-256': 'sha256=' }],
    ['signature_mismatch', { ...good, 'X-Hub-Signature-256': githubSignature(body, 'guess') }],
    [
      'signature_malformed',
      { ...unsigned, 'X-Hub-Signature-256': right!.replace('sha256', 'sha1') },
    ],
    [
      'signature_mismatch',
      { ...good, 'X-Hub-Signature-256': right!.toUpperCase().replace('SHA', 'sha') },
    ],
    ['signature_mismatch', { ...good, 'X-Hub-Signature-256': right!.slice(0, 20) }],
    ['signature_ambiguous', { ...good, 'X-Hub-Signature-256': `${right}, ${right}` }],
  ]
  for (const [reason, headers] of wrong) {
    const answer = await source.send({ body, headers })
    assert.equal(answer.status, 401, reason)
    assert.equal(await answer.text(), '{"code":"unauthorized"}')
  }
  await until('all are noted', async () => (await source.requests()).length === wrong.length)
  const reasons = (await source.requests('?outcome=rejected')).map(({ reason }) => reason)
  for (const [reason] of wrong) assert.ok(reasons.includes(reason), `${reason} in ${reasons}`)
  assert.deepEqual(await messages(), [])
  assert.equal(receiver.received.length, 0)
  // A stranger cannot use up an id in advance.
  assert.equal((await source.send({ body, headers: good })).status, 200)
})

test('a rejection says what would have matched', async () => {
  const { source } = await route({ secrets: [{ value: `${SECRET}\n` }] })
  assert.equal((await source.github('{"n":1}')).status, 401)
  await until('it is noted', async () => (await source.requests()).length === 1)
  const [request] = await source.requests()
  assert.match(JSON.stringify(request!['findings']), /The secret ends in a newline/)
  assert.ok(!JSON.stringify(request).includes(SECRET))
})

test('of what was rejected the last hundred are kept, and of each the first 64 KiB', async () => {
  const { source } = await route()
  const body = 'x'.repeat(100_000)
  for (let round = 0; round < 13; round++) {
    await Promise.all(Array.from({ length: 10 }, () => source.send({ body })))
  }
  await until('the ring is full', async () => {
    const kept = await source.requests('?limit=250')
    return kept.length === 100
  })
  const [last] = await source.requests('?limit=1')
  const { body: whole } = await bellwire.call('GET', `/source/${source.id}/request/${last!['id']}`)
  assert.equal(Buffer.from(String(whole['body']), 'base64').length, 65_536)
  assert.equal(whole['bodyBytes'], 100_000)
  assert.equal(whole['bodyTruncated'], true)
})

test('a challenge is answered as the provider wants and is no message', async () => {
  const { source, messages } = await route({ provider: 'slack', secrets: [{ value: 'slack' }] })
  const body = '{"type":"url_verification","challenge":"a challenge"}'
  const time = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', 'slack').update(`v0:${time}:${body}`).digest('hex')
  const headers = {
    'X-Slack-Request-Timestamp': time,
    'X-Slack-Signature': `v0=${signature}`,
  }
  const answer = await source.send({ body, headers })
  assert.equal(answer.status, 200)
  assert.equal(await answer.text(), 'a challenge')
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  const unsigned = await source.send({ body })
  assert.equal(unsigned.status, 401)
  await until('both are noted', async () => (await source.requests()).length === 2)
  assert.equal((await source.requests('?outcome=handshake')).length, 1)
  assert.deepEqual(await messages(), [])
})

test('a secret that a handshake brings is stored once and never replaced', async () => {
  const { source } = await route({ provider: 'asana', secrets: [] })
  const shake = (secret: string) => source.send({ body: '', headers: { 'X-Hook-Secret': secret } })
  const answers = await Promise.all([shake('the first secret'), shake('the second secret')])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401])
  const captured = answers.find(({ status }) => status === 200)!.headers.get('x-hook-secret')!
  assert.equal((await shake('a third secret')).status, 401)
  const body = '{"events":[{"a":1}]}'
  const sign = (secret: string) => createHmac('sha256', secret).update(body).digest('hex')
  const send = (secret: string) =>
    source.send({ body, headers: { 'X-Hook-Signature': sign(secret) } })
  assert.equal((await send('a third secret')).status, 401)
  assert.equal((await send(captured)).status, 200)
})

test('a paused source stores and routes when it goes on', async () => {
  const { receiver, source, arrived } = await route({ paused: true })
  for (const n of [1, 2]) assert.equal((await source.github(`{"n":${n}}`)).status, 200)
  const held = await source.requests()
  assert.deepEqual(
    held.map((request) => request['held']),
    [true, true],
  )
  assert.equal(receiver.received.length, 0)
  await source.patch({ paused: false })
  await arrived(2)
  await until('nothing is held', async () =>
    (await source.requests()).every((request) => request['held'] === false),
  )
  const bodies = receiver.received.map(({ body }) => body.toString()).sort()
  assert.deepEqual(bodies, ['{"n":1}', '{"n":2}'])
})

test('a list is cut into messages, each in its own bytes and counted by its own id', async () => {
  const { receiver, source, arrived } = await route({ split: '/items', idFrom: ['/id'] })
  const body = '{"items":[ {"id":1, "n":1.0},{"id":2,"n":2e2} ,{"id":1,"n":1.0}]}'
  assert.equal((await source.github(body)).status, 200)
  await arrived(2)
  const more = '{"items":[{"id":2,"n":2e2},{"id":3}]}'
  assert.equal((await source.github(more)).status, 200)
  await arrived(3)
  const bodies = receiver.received.map(({ body }) => body.toString()).sort()
  assert.deepEqual(bodies, ['{"id":1, "n":1.0}', '{"id":2,"n":2e2}', '{"id":3}'])
  const [second, first] = await source.requests()
  const { body: whole } = await bellwire.call('GET', `/source/${source.id}/request/${first!['id']}`)
  assert.equal(Buffer.from(String(whole['body']), 'base64').toString(), body)
  assert.equal((second!['messageIds'] as string[]).length, 1)
})

test('a right signature over a body that is no JSON is answered 400 and kept', async () => {
  const { source, messages } = await route()
  assert.equal((await source.github('{"n":')).status, 400)
  await source.patch({ unreadableStatus: 204 })
  assert.equal((await source.github('{"n":')).status, 204)
  await until('both are noted', async () => (await source.requests()).length === 2)
  assert.equal((await source.requests('?reason=payload_unreadable')).length, 2)
  assert.deepEqual(await messages(), [])
})

test('several secrets count at once; one that is gone or over never matches', async () => {
  const end = new Date(Date.now() + 4_000)
  const { source } = await route({
    secrets: [{ value: 'the new secret' }, { value: 'the old secret', expiresAt: end }],
  })
  const send = (secret: string, n: number) =>
    source.send({ body: `{"n":${n}}`, headers: githubHeaders(`{"n":${n}}`, secret) })
  assert.equal((await send('the new secret', 1)).status, 200)
  assert.equal((await send('the old secret', 2)).status, 200)
  await until('its end has come', () => Date.now() > end.getTime())
  assert.equal((await send('the old secret', 3)).status, 401)
  const added = await bellwire.call('POST', `/source/${source.id}/secret`, { value: 'a third one' })
  assert.equal((await send('a third one', 4)).status, 200)
  await bellwire.call('DELETE', `/source/${source.id}/secret/${added.body['id']}`)
  assert.equal((await send('a third one', 5)).status, 401)
  const [first] = await source.requests('?outcome=accepted&order=ascending')
  assert.match(String((first!['verification'] as { secretId: string }).secretId), /^srcsec_/)
})

test('unknown, disabled, misspelled and rotated doors are one 404', async () => {
  const { source } = await route()
  const target = new URL(source.url)
  const said = new Set<string>()
  const see = async (url: string) => {
    const answer = await fetch(url, { method: 'POST', headers: githubHeaders('{}'), body: '{}' })
    said.add(`${answer.status} ${await answer.text()}`)
  }
  await see(`${target.origin}/in/${'a'.repeat(47)}`)
  await see(`${target.origin}/in/short`)
  await see(`${target.origin}/in/`)
  await see(`${source.url}/a%2Fb`)
  await see(`${source.url}/%2e%2e%5cb`)
  await source.patch({ disabled: true })
  await see(source.url)
  await source.patch({ disabled: false })
  assert.equal((await source.github('{"n":1}')).status, 200)
  assert.equal(
    (await source.send({ path: '/further/a?b=c', body: '{}', headers: githubHeaders('{}') }))
      .status,
    200,
  )
  await bellwire.call('POST', `/source/${source.id}/token/rotate`)
  await see(source.url)
  assert.deepEqual([...said], ['404 {"code":"not_found"}'])
})

test('other methods are 405, too large is 413, too many are 429 with Retry-After', async () => {
  const { source } = await route({ maxBodyBytes: 1_000, requestsPerSecond: 2 })
  const get = await fetch(source.url)
  assert.equal(get.status, 405)
  assert.equal(get.headers.get('allow'), 'POST')
  assert.equal((await source.github('x'.repeat(1_001))).status, 413)
  const streamed = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(500)),
  })
  const endless = { method: 'POST', body: streamed, duplex: 'half' }
  const cut = await fetch(source.url, endless as RequestInit).catch(() => null)
  if (cut !== null) assert.equal(cut.status, 413)
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => source.github(`{"n":${n}}`)),
  )
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length > 0)
  for (const answer of refused) assert.ok(Number(answer.headers.get('retry-after')) >= 1)
})

test('only from the addresses that the source allows', async () => {
  const { source } = await route({ allowedAddresses: ['192.0.2.0/24'] })
  assert.equal((await source.github('{"n":1}')).status, 401)
  await source.patch({ allowedAddresses: ['192.0.2.0/24', '127.0.0.0/8'] })
  assert.equal((await source.github('{"n":1}')).status, 200)
})

test('a request can be routed again, as a message that says so', async () => {
  const { receiver, source, arrived, messages } = await route({ passThrough: true })
  assert.equal((await source.github('{"n":1}')).status, 200)
  const [request] = await source.requests()
  const path = `/source/${source.id}/request/${request!['id']}/replay`
  assert.equal((await bellwire.call('POST', path)).status, 202)
  await arrived(2)
  const [first, second] = receiver.received
  assert.ok(first!.body.equals(second!.body))
  assert.equal(second!.headers['x-hub-signature-256'], githubSignature('{"n":1}'))
  assert.ok((await messages())[0]!.tags!.includes('replay'))
})
