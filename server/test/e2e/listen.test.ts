// `bellwire listen` brings what arrives to a local server byte for byte, whatever happens to the server.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { newId } from '../../src/domain/ids.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { connectionUrl, testDatabase } from '../database.ts'
import { startBellwire } from '../harness.ts'
import { listening, named, startLocal } from '../listening.ts'
import { bellwire, startServer } from '../process.ts'
import { githubSignature, openSource, SECRET } from '../provider.ts'
import { closedPort } from '../receiver.ts'
import { until } from '../until.ts'
import { rawRequest } from '../vectors/raw-request.ts'

const bodies = [
  () => randomBytes(3_000),
  () => Buffer.alloc(0),
  () => Buffer.from('\ufeff{"a":1.0}\r\n'),
  () => Buffer.from([0, 255, 10, 13, 10]),
  () => Buffer.from('{ "é": "\\u00e9",\n\t"n": 12345678901234567890 }\n'),
]
const targets = ['', '/', '/?', '/a%2Fb?x=1&x=2&y', '//x', '/%zz', '/a/../b', '?q=%20+']
const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'POST']

/** With 1000 it takes 20 s. */
const TOTAL = Number(process.env['LISTEN_REQUESTS'] ?? 300)

test(`${TOTAL} requests arrive byte for byte, through a killed server`, {
  timeout: 120_000,
}, async () => {
  const database = await testDatabase()
  const env = {
    ...{ DATABASE_URL: connectionUrl(database.connection), BELLWIRE_ROLE: 'api' },
    BELLWIRE_PORT: String(await closedPort()),
  }
  let server = await startServer(env)
  const { port, token, url } = server
  const client = { BELLWIRE_URL: url, BELLWIRE_API_KEY: token }
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      ...{ method, headers: { authorization: `Bearer ${token}` } },
      ...(body && { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as Record<string, string>
  }
  await call('POST', '/app', { name: 'acme', uid: 'acme' })
  const source = await call('POST', '/source', {
    ...{ application: 'acme', provider: 'github', uid: 'github', secrets: [{ value: SECRET }] },
  })
  const bin = await call('POST', '/bin', {})
  const local = await startLocal()
  const path = ['--path', '/hooks']
  const ofBin = await listening([local.port, '--bin', bin['id']!, ...path], client)
  const ofSource = await listening([local.port, '--source', 'github', ...path, '--json'], client)

  type Sent = { method: string; rest: string; headers: [string, string][]; body: Buffer }
  const sent: Sent[] = []
  async function send(door: 'bin' | 'source', n: number) {
    const body =
      door === 'bin'
        ? bodies[n % bodies.length]!()
        : Buffer.from(`{ "n": ${n}, "é": 1.0${' '.repeat(n % 50)}}\r\n`)
    const rest = door === 'bin' ? targets[n % targets.length]! : `?n=${n}&n=%20`
    const method = door === 'bin' ? methods[n % methods.length]! : 'POST'
    const headers: [string, string][] = [
      ['X-N', `${door}-${n}`],
      ['X-Twice', 'one'],
      ['x-twice', 'two'],
      ['X-ODD', 'a,  b;"c"'],
      ['Content-Encoding', 'gzip'],
      ...(door === 'source'
        ? ([
            ['X-GitHub-Event', 'push'],
            ['X-GitHub-Delivery', `of-${n}`],
            ['X-Hub-Signature-256', githubSignature(body)],
          ] as [string, string][])
        : []),
    ]
    const target = new URL(door === 'bin' ? bin['url']! : source['url']!).pathname + rest
    const reply = await rawRequest({ port: Number(port), method, target, headers, body })
    assert.equal(reply.status, 200, `${door} ${n}: ${reply.body}`)
    sent.push({ method, rest, headers, body })
  }
  async function sendMany(from: number, to: number) {
    let next = from
    const worker = async () => {
      while (next < to) {
        const n = next++
        // A bin takes 30 a second, and a hundred at once.
        await send(n % 10 === 0 ? 'bin' : 'source', n)
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
  }
  const arrived = () => new Set(local.got.map((got) => named(got, 'x-n')[0]))

  await sendMany(0, TOTAL / 2)
  // While some are on their way.
  await server.end()
  const atKill = arrived().size
  server = await startServer(env)
  await sendMany(TOTAL / 2, TOTAL)
  await until('all have arrived', () => arrived().size === TOTAL, {
    within: 60_000,
    or: () => `${arrived().size}, at the kill ${atKill}. ${ofSource.stderr()} ${ofBin.stderr()}`,
  })
  assert.equal(local.got.length, TOTAL, 'none twice')

  const got = new Map(local.got.map((one) => [named(one, 'x-n')[0], one]))
  for (const one of sent) {
    const there = got.get(one.headers[0]![1])!
    const at = one.headers[0]![1]
    assert.equal(there.method, one.method, at)
    assert.equal(there.target, `/hooks${one.rest}`, at)
    assert.ok(there.body.equals(one.body), at)
    // What rawRequest writes around them: a host, and how long the body is.
    const own = there.headers.filter(([name]) => !/^connection$/i.test(name))
    assert.deepEqual(
      own,
      [['Host', `127.0.0.1:${port}`], ...one.headers, ['Content-Length', String(one.body.length)]],
      at,
    )
  }
  const told = () => ofBin.lines().length + ofSource.lines().length
  // A line comes when the answer was brought back.
  await until('all are told', () => told() >= TOTAL)
  assert.equal(told(), TOTAL)
  assert.match(
    // Each is told when it is done, which is not the order in which they came.
    ofBin.lines().find((line) => line.startsWith('#1 ')) ?? '',
    /^#1 {2}[\d:]{8} {2}200 {2}\d+ ms {2}[A-Z]+ \/hooks.* {2}\d+ bytes$/,
  )
  const { status, eventType } = JSON.parse(ofSource.lines()[0]!)
  assert.deepEqual([status, eventType], [200, 'github.push'])
  await ofBin.quit()
  await ofSource.quit()
  await server.end()
})

test('of a source only the wanted types come, and what the local server answers is told', async () => {
  const server = await startBellwire()
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  await server.call('POST', '/app', { name: 'acme', uid: 'acme' })
  const source = await openSource(server, {
    ...{ application: 'acme', provider: 'github', secrets: [{ value: SECRET }] },
  })
  await source.github('{"n":0}')
  const local = await startLocal((_, n) => (n === 1 ? 500 : 200))
  const run = await listening(
    [local.port, '--source', source.id, '--events', 'github.push', '--host-header', 'local'],
    env,
  )
  await source.github('{"n":1}', { 'X-GitHub-Event': 'watch' })
  await source.github('{"n":2}')
  await source.github('{"n":3}')
  await until('both are told', () => run.lines().length === 2)
  assert.deepEqual(local.got.map(({ body }) => body.toString('utf8')).toSorted(), [
    ...['{"n":2}', '{"n":3}'],
  ])
  assert.deepEqual(named(local.got[0]!, 'host'), [`localhost:${local.port}`])
  assert.match(run.stdout(), /500 {2}\d+ ms {2}github\.push {2}POST \/ {2}7 bytes/)
  await run.quit()
})

test('a local server that stays away is said, and only the wanted method comes', async () => {
  const server = await startBellwire()
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  const bin = (await server.call('POST', '/bin')).body as Record<string, string>
  const port = String(await closedPort())
  const run = await listening(
    [port, '--bin', bin['id']!, '--wait-local', '1', '--method', 'PUT'],
    env,
  )
  await fetch(bin['url']!, { method: 'POST', body: 'not wanted' })
  await fetch(bin['url']!, { method: 'PUT', body: 'wanted' })
  await until('it is told', () => run.lines().length === 1)
  assert.match(run.stdout(), /ECONNREFUSED {2}PUT \/ {2}6 bytes/)
  await run.quit()
})

test('what cannot be listened to is said, and ends', async () => {
  const server = await startBellwire()
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  const cases: [args: string[], code: number, says: RegExp][] = [
    [['3000'], 2, /either --source, --bin or --app/],
    [['example.com', '--bin', 'bin_1'], 2, /PORT: expected a port of this machine/],
    [['3000', '--bin', 'bin_1'], 1, /^404/],
    [['3000', '--source', 'nobody'], 1, /^404/],
    [['3000', '--bin', 'bin_1', '--events', 'a'], 2, /a bin knows no event types/],
    [['3000', '--app', 'nobody'], 1, /^404/],
    [['3000', '--app', 'acme', '--bin', 'bin_1'], 2, /either --source, --bin or --app/],
    [['3000', '--app', 'acme', '--method', 'PUT'], 2, /--method: deliveries/],
    [['3000', '--app', 'acme', '--filter', '{'], 2, /--filter is not JSON/],
    [['3000', '--bin', 'bin_1', '--filter', '{"$x":1}'], 2, /--filter: /],
    [['3000', '--bin', 'bin_1', '--secret', 'whsec_x'], 2, /--secret: only/],
    [['3000', '--bin', 'bin_1', '--since', 'yesterday'], 2, /--since: expected something like/],
    [['3000', '--bin', 'bin_1', '--max-connections', '0'], 2, /whole number from 1 to 100/],
  ]
  for (const [args, code, says] of cases) {
    const done = await bellwire(['listen', ...args], env)
    assert.deepEqual([done.code, done.stdout], [code, ''], done.stderr)
    assert.match(done.stderr, says)
  }
})

test('a stream is for keys of its environment that may read, and goes on where it is told', async () => {
  const server = await startBellwire()
  const bin = (await server.call('POST', '/bin')).body as Record<string, string>
  await server.call('POST', '/app', { name: 'acme', uid: 'acme' })
  const source = await openSource(server, {
    ...{ application: 'acme', provider: 'github', secrets: [{ value: SECRET }] },
  })
  const keyOf = async (scope: 'send-only' | 'read-only') =>
    (await createApiKey(server.store.db, server.environmentId, { name: scope, scope })).token
  const streams = [`/bin/${bin['id']}/event-stream`, `/source/${source.id}/event-stream`]
  const open = (path: string, token: string | null, more: Record<string, string> = {}) =>
    fetch(`${server.url}/api/v1${path}`, {
      headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...more },
    })
  for (const path of streams) {
    assert.equal((await open(path, null)).status, 401, path)
    assert.equal((await open(path, await keyOf('send-only'))).status, 403, path)
    assert.equal((await open(path, server.token, { 'last-event-id': 'x' })).status, 422, path)
    assert.equal((await open(`${path}?after=x`, server.token)).status, 422, path)
    const reading = await open(path, await keyOf('read-only'))
    assert.equal(reading.status, 200, path)
    assert.equal(reading.headers.get('content-type'), 'text/event-stream')
    await reading.body!.cancel()
  }
  for (const path of [`/bin/${newId('bin')}/event-stream`, '/source/nobody/event-stream']) {
    assert.equal((await open(path, server.token)).status, 404, path)
  }
  for (const body of ['one', 'two', 'three']) await fetch(bin['url']!, { method: 'POST', body })
  const later = await open(streams[0]!, server.token, { 'last-event-id': '1' })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of later.body!) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('id: 3\n') && text.endsWith('\n\n')) break
  }
  assert.deepEqual(text.match(/^(id|event|retry): .*$/gm), [
    ...[
      'retry: 2000',
      'id: 1',
      'event: ready',
      'id: 2',
      'event: capture',
      'id: 3',
      'event: capture',
    ],
  ])
  const [, data] = /^data: ({"id".*)$/m.exec(text)!
  assert.equal(JSON.parse(data!).body.base64, btoa('two'))
})
