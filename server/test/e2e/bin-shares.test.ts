// A link shows a bin to whoever has it: no more than that, no secret of it, and no longer than it should.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Captured, openBin as openBinOf } from '../bin.ts'
import { startBellwire } from '../harness.ts'
import { githubSignature } from '../provider.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire()
const openBin = () => openBinOf(bellwire)

type Seen = Captured & { body: { base64: string | null }; verdict?: unknown }

async function share(bin: { path: string }, fields: object = {}) {
  const { status, body, text } = await bellwire.call('POST', `${bin.path}/share`, fields)
  assert.equal(status, 201, text)
  const { id, url, token } = body as Record<string, string>
  const get = async (rest = '') => {
    const answer = await fetch(`${url}${rest}`)
    const told = await answer.text()
    return { status: answer.status, text: told, body: JSON.parse(told) }
  }
  return {
    ...{ id: id!, url: url!, token: token!, get },
    list: async (query = '') => (await get(`/capture${query}`)).body.data as Seen[],
    one: async (capture: string) => (await get(`/capture/${capture}`)).body as Seen,
  }
}

const ofBin = (bin: { target: string }) => bin.target.split('/').at(-1)!

test('a link shows what arrives, and a body only where it is opened', async () => {
  const bin = await openBin()
  await bin.send({ method: 'POST', body: 'one' }, '/a%20b?x=1')
  await bin.send({ method: 'PUT', body: Buffer.alloc(300_000, 7) })
  const link = await share(bin)
  const list = await link.list()
  assert.deepEqual(
    list.map(({ seq, method, body }) => [seq, method, body.size, body.base64]),
    [
      [2, 'PUT', 300_000, null],
      [1, 'POST', 3, null],
    ],
  )
  const one = await link.one(list[1]!.id)
  assert.equal(one.target, '/b/***/a%20b?x=1')
  assert.equal(Buffer.from(one.body.base64!, 'base64').toString(), 'one')
  assert.equal(one.verdict, null)
  const large = await link.one(list[0]!.id)
  assert.equal(Buffer.from(large.body.base64!, 'base64').length, 300_000)
  assert.deepEqual(
    (await link.list('?before=2')).map(({ seq }) => seq),
    [1],
  )
  const about = (await link.get()).body
  assert.deepEqual([about.lastSeq, about.captureId], [2, null])
})

test('no secret, no signature and no token of the bin is shown by a link', async () => {
  const bin = await openBin()
  const token = ofBin(bin)
  const secrets = {
    Authorization: 'Bearer SECRET-1',
    Cookie: 'sid=SECRET-2',
    'X-Api-Key': 'SECRET-3',
    'X-Gitlab-Token': 'SECRET-4',
    'X-Trello-Webhook': 'SECRET-5',
    'X-My-Password': 'SECRET-6',
    'X-Hub-Signature-256': githubSignature('{}'),
  }
  const open = { 'X-GitHub-Event': 'push', 'X-Callback': `https://me/b/${token}/x`, 'X-Plain': 'p' }
  const body = `{"callback":"${bin.url}/x","twice":"${token}${token}"}`
  const query = `?access_token=SECRET-7&signature=SECRET-8&page=2&again=${token}&flag`
  await bin.send({ method: 'POST', body, headers: { ...secrets, ...open } }, query)
  const link = await share(bin)
  const [listed] = await link.list()
  const whole = await link.get(`/capture/${listed!.id}`)
  const seen = whole.body as Seen
  const shownBody = Buffer.from(seen.body.base64!, 'base64').toString()
  const stream = await fetch(`${link.url}/event-stream?after=0`)
  const reader = stream.body!.getReader()
  let streamed = ''
  await until('the capture in the stream', async () => {
    streamed += Buffer.from((await reader.read()).value ?? []).toString()
    return streamed.includes('event: capture')
  })
  await reader.cancel()
  for (const text of [JSON.stringify(listed), whole.text, shownBody, streamed]) {
    assert.ok(!text.includes('SECRET'), text)
    assert.ok(!text.includes(token), text)
    assert.ok(!text.includes(githubSignature('{}').slice(7)), text)
  }
  const headers = new Map(seen.headers.map(([name, value]) => [name.toLowerCase(), value]))
  for (const name of Object.keys(secrets)) assert.equal(headers.get(name.toLowerCase()), '***')
  assert.equal(headers.get('x-plain'), 'p')
  assert.equal(headers.get('x-callback'), 'https://me/b/***/x')
  assert.equal(seen.target, '/b/***?access_token=***&signature=***&page=2&again=***&flag')
  assert.equal(shownBody.length, body.length)
  assert.equal(shownBody.replaceAll('*'.repeat(token.length), token), body)
  assert.equal(seen.provider?.name, 'github')
  // Its owner still sees all of it.
  const [own] = await bin.captures()
  assert.ok(JSON.stringify(own!.headers).includes('SECRET-1'))
})

test('a link may show one capture only, or no bodies', async () => {
  const bin = await openBin()
  await bin.send({ method: 'POST', body: 'first' })
  await bin.send({ method: 'POST', body: 'second' })
  const [second, first] = await bin.captures()
  const link = await share(bin, { captureId: first!.id, hideBodies: true })
  assert.deepEqual(
    (await link.list()).map(({ id }) => id),
    [first!.id],
  )
  assert.equal((await link.one(first!.id)).body.base64, null)
  assert.equal((await link.get(`/capture/${second!.id}`)).status, 404)
  const another = await openBin()
  await another.send({ method: 'POST', body: 'of another bin' })
  const [foreign] = await another.captures()
  const whole = await share(bin)
  assert.equal((await whole.get(`/capture/${second!.id}`)).status, 200)
  assert.equal((await whole.get(`/capture/${foreign!.id}`)).status, 404)
  for (const captureId of ['cap_never', foreign!.id]) {
    const { status } = await bellwire.call('POST', `${bin.path}/share`, { captureId })
    assert.equal(status, 404)
  }
})

test('a link opens nothing else and writes nothing', async () => {
  const bin = await openBin()
  const link = await share(bin)
  const { pathname, origin } = new URL(link.url)
  assert.equal((await fetch(`${origin}/b/${link.token}`, { method: 'POST' })).status, 404)
  const authorization = `Bearer ${link.token}`
  const asKey = await fetch(`${origin}/api/v1${bin.path}`, { headers: { authorization } })
  assert.equal(asKey.status, 401)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    assert.equal((await fetch(`${origin}${pathname}`, { method })).status, 405, method)
  }
  assert.equal((await fetch(`${origin}/api/v1/shared-bin/${ofBin(bin)}`)).status, 404)
})

test('a link ends when it is revoked, over, or its bin is; streams are told', async () => {
  const bin = await openBin()
  const link = await share(bin, { expiresInSeconds: 60 })
  const other = await share(bin)
  const { body: listed } = await bellwire.call('GET', `${bin.path}/share`)
  assert.deepEqual(
    (listed['data'] as { id: string }[]).map(({ id }) => id),
    [other.id, link.id],
  )
  assert.ok(!JSON.stringify(listed).includes('bwv_'))
  const stream = await fetch(`${link.url}/event-stream`)
  await bin.send({ method: 'POST', body: 'live' })
  const revoked = until('the revocation', async () => {
    if ((await bin.captures()).length === 0) return false
    const { status } = await bellwire.call('DELETE', `${bin.path}/share/${link.id}`)
    return status === 204
  })
  await revoked
  const told = await stream.text()
  assert.match(told, /event: closed/)
  assert.equal((await link.get()).status, 404)
  assert.equal((await other.get()).status, 200)
  await bellwire.store.pool.query("update bin_share set expires_at = now() - interval '1 second'")
  assert.equal((await other.get()).status, 404)
  const last = await share(bin)
  await bellwire.store.pool.query("update bin set expires_at = now() - interval '1 second'")
  assert.equal((await last.get()).status, 404)
})

test('a bin has 20 links and no more', async () => {
  const bin = await openBin()
  for (let n = 0; n < 20; n++) await share(bin)
  const { status, body } = await bellwire.call('POST', `${bin.path}/share`)
  assert.equal(status, 400)
  assert.equal(body['code'], 'limit_reached')
})
