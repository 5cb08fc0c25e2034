// Who sends to a bin that somebody listens to gets the answer of the listener's own server, in time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApiKey } from '../../src/store/api-keys.ts'
import { startBellwire } from '../harness.ts'
import { listening, startLocal } from '../listening.ts'
import { bellwire } from '../process.ts'
import { closedPort } from '../receiver.ts'
import { until } from '../until.ts'

type Shown = {
  seq: number
  answer: { status: number | null; relayed: boolean }
  answerBy: string | null
}

async function openBin(rules: object[] = []) {
  const server = await startBellwire()
  const { body } = await server.call('POST', '/bin', { rules })
  const [id, url] = [String(body['id']), String(body['url'])]
  const captures = async () => {
    const path = `/bin/${id}/capture?order=ascending`
    return (await server.call('GET', path)).body['data'] as Shown[]
  }
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  const send = (rest = '', at = url) => fetch(`${at}${rest}`, { method: 'POST', body: 'hello' })
  const listenersGone = () =>
    until('nobody listens', async () => {
      const { rows } = await server.store.pool.query('select 1 from bin_listener')
      return rows.length === 0
    })
  return { server, id, url, captures, env, send, listenersGone }
}

test('the sender gets status, headers and bytes of the local server, and the capture says so', async () => {
  const bin = await openBin([{ status: 202, body: 'of the bin' }])
  const body = Buffer.from([0, 255, 10, 13, 10])
  const local = await startLocal((_, n) => ({
    ...{ status: n === 1 ? 418 : 204 },
    headers: [
      ['X-One', 'a'],
      ['Vary', 'A'],
      ['vary', 'B'],
      ['Set-Cookie', 'a=b'],
      ['Strict-Transport-Security', 'max-age=9'],
      ['Content-Security-Policy', 'default-src *'],
      ['Content-Type', 'application/x-odd'],
    ],
    ...(n === 1 && { body }),
  }))
  assert.equal((await bin.send()).status, 202, 'nobody listens')
  const run = await listening([local.port, '--bin', bin.id, '--path', '/x'], bin.env)
  const answer = await bin.send('/a?b=1')
  assert.equal(answer.status, 418)
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body))
  const of = (name: string) => answer.headers.get(name)
  assert.deepEqual(
    ['x-one', 'vary', 'content-type', 'set-cookie', 'strict-transport-security'].map(of),
    ['a', 'A, B', 'application/x-odd', null, null],
  )
  assert.equal(of('content-security-policy'), 'sandbox')
  assert.equal(local.got[0]!.target, '/x/a?b=1')
  assert.equal((await bin.send()).status, 204)
  assert.equal((await bin.send('/~/503')).status, 503, 'what the path asks for')
  await until('all are told', () => run.lines().length === 3)
  assert.match(run.lines()[0]!, /#1 .* 418 {2}\d+ ms {2}POST \/x\/a\?b=1 {2}5 bytes/)
  await run.quit()
  await bin.listenersGone()
  assert.equal((await bin.send()).status, 202, 'nobody listens any more')
  assert.deepEqual(
    (await bin.captures()).map(({ answer: { status, relayed }, answerBy }) => [
      ...[status, relayed, answerBy !== null],
    ]),
    [
      [202, false, false],
      [418, true, true],
      [204, true, true],
      [503, false, false],
      [202, false, false],
    ],
  )
})

test('what is late, not to be had, too large or not wanted gets the answer of the bin', async () => {
  const bin = await openBin([{ status: 202 }])
  const gate = Promise.withResolvers<void>()
  const local = await startLocal(async ({ target }) => {
    if (target === '/late') await gate.promise
    return { status: 200, body: Buffer.alloc(target === '/large' ? 1024 * 1024 + 1 : 1) }
  })
  const args = ['--bin', bin.id, '--json']
  const filter = ['--filter', '{"payload.a":{"$gt":1}}']
  const run = await listening([local.port, ...args], bin.env)
  const startedAt = performance.now()
  const late = bin.send('/late')
  assert.equal((await bin.send('/large')).status, 202)
  assert.equal((await late).status, 202)
  assert.ok(performance.now() - startedAt > 9_000, 'it was waited for')
  gate.resolve()
  await until('both are told', () => run.lines().length === 2)
  const told = run.lines().map((line) => JSON.parse(line) as Record<string, unknown>)
  const relayOf = (target: string) => told.find((one) => one['target'] === target)!['relay']
  assert.equal(relayOf('/late'), 'late')
  await run.quit()
  await bin.listenersGone()

  const closed = String(await closedPort())
  const alone = await listening([closed, ...args, '--wait-local', '0'], bin.env)
  const refusedAt = performance.now()
  assert.equal((await bin.send()).status, 202)
  assert.ok(performance.now() - refusedAt < 8_000, 'it was not waited for')
  await alone.quit()
  await bin.listenersGone()

  const choosy = await listening([local.port, ...args, ...filter], bin.env)
  const post = (json: object) => fetch(bin.url, { method: 'POST', body: JSON.stringify(json) })
  assert.equal((await post({ a: 1 })).status, 202)
  assert.equal((await post({ a: 2 })).status, 200)
  await until('the wanted one is told', () => choosy.lines().length === 1)
  await choosy.quit()
  assert.ok(
    (await bin.captures()).every(({ answer }) => answer.relayed === (answer.status === 200)),
  )
})

test('a rule breaks and delays as it says, but what it delays the listener may answer before', async () => {
  const bin = await openBin([
    { path: '/reset', fault: 'reset' },
    { path: '/slow', delayMs: 20_000, status: 202 },
  ])
  const local = await startLocal(() => 201)
  const run = await listening([local.port, '--bin', bin.id, '--json'], bin.env)
  await assert.rejects(bin.send('/reset'))
  const startedAt = performance.now()
  assert.equal((await bin.send('/slow')).status, 201)
  assert.ok(performance.now() - startedAt < 15_000, 'the delay was not waited for')
  await until('both are told', () => run.lines().length === 2)
  const [reset, slow] = await bin.captures()
  const nothing = { status: null, rule: 0, delayMs: 0, fault: 'reset', relayed: false }
  assert.deepEqual([reset!.answer, reset!.answerBy], [nothing, null])
  const relayed = { status: 201, rule: null, delayMs: 0, fault: null, relayed: true }
  assert.deepEqual(slow!.answer, relayed)

  // Who has a link looks on, and answers nothing.
  const { body } = await bin.server.call('POST', `/bin/${bin.id}/share`, {})
  const listed = await (await fetch(`${body['url']}/capture?limit=1`)).json()
  assert.deepEqual((listed as { data: Shown[] }).data[0]!.answer, relayed)
  await run.quit()
  await bin.listenersGone()
  const stream = await fetch(`${body['url']}/event-stream?answers=true&after=1`)
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let read = ''
  while (!read.includes('event: capture')) read += (await reader.read()).value
  const { rows } = await bin.server.store.pool.query('select 1 from bin_listener')
  assert.equal(rows.length, 0)
  await reader.cancel()
})

test('over two nodes, with two listeners: the first answer counts, the other one is late', async () => {
  const bin = await openBin()
  const other = await startBellwire({}, [], bin.server.home)
  const gate = Promise.withResolvers<void>()
  const quick = await startLocal(() => 201)
  const slow = await startLocal(async () => {
    await gate.promise
    return { status: 500 }
  })
  const listen = (port: string, url: string) =>
    listening([port, '--bin', bin.id, '--json'], { ...bin.env, BELLWIRE_URL: url })
  const first = await listen(quick.port, bin.server.url)
  const second = await listen(slow.port, other.url)
  const at = bin.url.replace(bin.server.url, other.url)
  assert.equal((await bin.send('', at)).status, 201)
  gate.resolve()
  const relayOf = async ({ lines }: typeof first) => {
    await until('it is told', () => lines().length === 1)
    return (JSON.parse(lines()[0]!) as { relay: string }).relay
  }
  assert.deepEqual([await relayOf(first), await relayOf(second)], ['relayed', 'late'])
  await first.quit()
  // A connection that is cut without a word ends its listener too.
  await second.end()
  await bin.listenersGone()
  assert.equal((await bin.send()).status, 200)
})

test('what came before is brought with --since, but its senders have gone', async () => {
  const bin = await openBin([{ status: 202 }])
  await bin.send('/before')
  const local = await startLocal()
  const run = await listening(
    [local.port, '--bin', bin.id, '--since', '1h', '--json', '--no-relay'],
    bin.env,
  )
  await until('it is told', () => run.lines().length === 1)
  assert.equal((await bin.send('/after')).status, 202, 'not relayed')
  await until('both are told', () => run.lines().length === 2)
  const told = run.lines().map((line) => JSON.parse(line) as { target: string; relay: null })
  assert.deepEqual(
    told.map(({ target, relay }) => [target, relay]),
    [
      ['/before', null],
      ['/after', null],
    ],
  )
  await run.quit()
})

test('to answer for a bin needs a key that may change something, and a capture that is there', async () => {
  const bin = await openBin()
  const { store, environmentId } = bin.server
  const key = await createApiKey(store.db, environmentId, { name: 'reads', scope: 'read-only' })
  const refused = await bellwire(['listen', '3000', '--bin', bin.id, '--json'], {
    ...bin.env,
    BELLWIRE_API_KEY: key.token,
  })
  assert.equal(refused.code, 3, refused.stderr)
  await bin.send()
  const [capture] = (await bin.captures()) as (Shown & { id: string })[]
  const answer = (path: string, body: object) =>
    bin.server.call('POST', `/bin/${path}/answer`, body)
  const own = `${bin.id}/capture/${capture!.id}`
  assert.deepEqual((await answer(own, { status: 201 })).body, { relayed: false }, 'nobody waits')
  assert.equal((await answer(`${bin.id}/capture/cap_1`, { status: 201 })).status, 404)
  const wrong = [{}, { status: 199 }, { status: 200, failure: 'x' }, { failure: 'a\nb' }]
  for (const body of [
    ...wrong,
    { status: 200, headers: [['X', 'a\r\nb']] },
    { status: 200, body: '*' },
  ]) {
    const { status } = await answer(own, body)
    assert.equal(status, 422, JSON.stringify(body))
  }
})
