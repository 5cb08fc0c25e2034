// Endpoints that are spoken to in a way of their own, at real TLS servers: what those saw, and what the
// API says of it.
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type tls from 'node:tls'
import { type Pair, testAuthority } from '../certificates.ts'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { until } from '../until.ts'

const { skip, ca, makeCertificate } = testAuthority()
const ours = testAuthority('Authority of senders')
const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { call, store } = bellwire

type Seen = {
  httpVersion: string
  alpn: string | false | null
  /** Of the client certificate. */
  fingerprint: string | undefined
  /** Which socket it came on. */
  port: number | undefined
  id: string
}

type Options = { allow?: 'both' | '1.1' | '2' } & tls.TlsOptions

/** Ends with the test file. Speaks both versions of HTTP unless it is told. */
async function startTlsReceiver({ allow = 'both', ...options }: Options = {}) {
  const seen: Seen[] = []
  const pair = makeCertificate({ host: '127.0.0.1' })
  const listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => {
    const { httpVersion } = request
    const socket = httpVersion === '2.0' ? request.stream.session!.socket : request.socket
    const { alpnProtocol, remotePort } = socket as tls.TLSSocket
    seen.push({
      ...{ httpVersion, alpn: alpnProtocol, port: remotePort },
      fingerprint: (socket as tls.TLSSocket).getPeerCertificate().fingerprint256,
      id: String(request.headers['webhook-id']),
    })
    response.end()
  }
  const all = { ...pair, ...options }
  const server =
    allow === '1.1'
      ? https.createServer(all, listener as unknown as RequestListener)
      : http2.createSecureServer({ ...all, allowHTTP1: allow === 'both' }, listener)
  const sockets = new Set<tls.TLSSocket>()
  server.on('secureConnection', (socket: tls.TLSSocket) => sockets.add(socket))
  server.on('sessionError', () => {})
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}/hook`, seen, cert: pair.cert }
}

async function endpointAt(url: string) {
  const one = await oneEndpoint(bellwire, { url })
  const path = `/app/${one.app}/endpoint/${one.endpoint.id}/transport`
  const set = async (body: object) => {
    const answer = await call('PUT', path, body)
    assert.equal(answer.status, 200, answer.text)
    return answer
  }
  /** The one attempt of one message. */
  async function sent() {
    const { id } = await one.send()
    const [attempt] = await one.attempted(id, 1)
    return { id, attempt: attempt! }
  }
  return { ...one, path, set, sent }
}

const demanding = () =>
  startTlsReceiver({ requestCert: true, rejectUnauthorized: true, ca: ours.ca })

const own = (pair: Pair) => ({ certificate: pair.cert, privateKey: pair.key })

test('a receiver that demands a client certificate of its authority', { skip }, async () => {
  const receiver = await demanding()
  const { set, sent, path } = await endpointAt(receiver.url)
  await set({ trustedCertificates: ca })
  const without = await sent()
  assert.equal(without.attempt.failure?.code, 'tls_failed')
  assert.match(without.attempt.failure?.detail ?? '', /^(client_certificate_required|refused)$/)
  assert.equal(receiver.seen.length, 0)

  const client = ours.makeCertificate({ host: 'bellwire.example.com' })
  const { body, text } = await set({ trustedCertificates: ca, ...own(client) })
  const given = await sent()
  assert.equal(given.attempt.responseStatusCode, 200)
  const [shown] = body['certificates'] as { fingerprint: string; subject: string; issuer: string }[]
  assert.equal(receiver.seen[0]?.fingerprint, shown!.fingerprint)
  assert.equal(shown!.subject, 'CN=bellwire.example.com')
  assert.equal(shown!.issuer, 'CN=Authority of senders')
  assert.deepEqual((await call('GET', path)).body, body)
  assert.ok(!text.includes('PRIVATE KEY'))
})

test('a certificate of an authority that the receiver does not know', { skip }, async () => {
  const receiver = await demanding()
  const { set, sent } = await endpointAt(receiver.url)
  await set({ trustedCertificates: ca, ...own(makeCertificate()) })
  const { attempt } = await sent()
  assert.equal(attempt.failure?.code, 'tls_failed')
  assert.match(attempt.failure?.detail ?? '', /^(client_certificate_refused|refused)$/)
  assert.equal(receiver.seen.length, 0)
})

test('rotation: what is sent next has the new certificate, on another socket', {
  skip,
}, async () => {
  const receiver = await demanding()
  const { set, sent, path } = await endpointAt(receiver.url)
  const [before, after] = [ours.makeCertificate(), ours.makeCertificate()]
  await set({ trustedCertificates: ca, ...own(before) })
  await sent()
  await sent()
  const patched = await call('PATCH', path, own(after))
  assert.equal(patched.status, 200, patched.text)
  await sent()
  const prints = receiver.seen.map(({ fingerprint }) => fingerprint)
  assert.equal(prints[0], prints[1])
  assert.notEqual(prints[1], prints[2])
  const [first, second, third] = receiver.seen.map(({ port }) => port)
  assert.equal(first, second, 'the socket is kept')
  assert.notEqual(second, third)
})

test('rotation under way: every message comes, with one certificate or the other', {
  skip,
}, async () => {
  const receiver = await demanding()
  const { set, send } = await endpointAt(receiver.url)
  const pairs = [ours.makeCertificate(), ours.makeCertificate()]
  await set({ trustedCertificates: ca, ...own(pairs[0]!) })
  const ids: string[] = []
  for (let round = 1; round <= 4; round++) {
    const sending = Promise.all(Array.from({ length: 10 }, async () => (await send()).id))
    await set({ trustedCertificates: ca, ...own(pairs[round % 2]!) })
    ids.push(...(await sending))
  }
  await until('all came', () => receiver.seen.length >= ids.length)
  assert.deepEqual(new Set(receiver.seen.map(({ id }) => id)), new Set(ids))
  assert.ok(new Set(receiver.seen.map(({ fingerprint }) => fingerprint)).size <= 2)
})

test('nobody shares the socket of an endpoint with a certificate', { skip }, async () => {
  const receiver = await startTlsReceiver({
    requestCert: true,
    rejectUnauthorized: false,
    ca: ours.ca,
  })
  const [one, other] = [await endpointAt(receiver.url), await endpointAt(receiver.url)]
  await one.set({ trustedCertificates: ca, ...own(ours.makeCertificate()) })
  await other.set({ trustedCertificates: ca })
  await one.sent()
  await other.sent()
  const [first, second] = receiver.seen
  assert.ok(first?.fingerprint)
  assert.equal(second?.fingerprint, undefined)
  assert.notEqual(first?.port, second?.port)
})

test('an own authority: refused without, trusted with, refused again when it is taken away', {
  skip,
}, async () => {
  const receiver = await startTlsReceiver()
  const { set, sent, path } = await endpointAt(receiver.url)
  const failure = async () => (await sent()).attempt.failure?.detail
  assert.equal(await failure(), 'incomplete_chain')
  await set({ trustedCertificates: ca })
  assert.equal(await failure(), undefined)
  await set({ trustedCertificates: ours.ca, trustSystem: false })
  assert.equal(await failure(), 'unknown_authority')
  // The receiver's own certificate instead of who issued it.
  await set({ trustedCertificates: receiver.cert, trustSystem: false })
  assert.equal(await failure(), undefined)
  assert.equal((await call('DELETE', path)).status, 204)
  assert.equal(await failure(), 'incomplete_chain')
  assert.equal(receiver.seen.length, 2)
  assert.deepEqual((await call('GET', path)).body, {
    ...{ httpVersion: '1.1', certificates: [], trustedCertificates: [], trustSystem: true },
  })
})

test('the version of HTTP is what was chosen, as ALPN shows it to the receiver', {
  skip,
}, async () => {
  const receiver = await startTlsReceiver()
  const { set, sent } = await endpointAt(receiver.url)
  for (const httpVersion of ['1.1', '2', 'auto']) {
    await set({ trustedCertificates: ca, httpVersion })
    assert.equal((await sent()).attempt.responseStatusCode, 200)
  }
  const versions = receiver.seen.map(({ httpVersion, alpn }) => `${httpVersion} ${alpn}`)
  assert.deepEqual(versions, ['1.1 http/1.1', '2.0 h2', '2.0 h2'])
})

test('a receiver that speaks only one version of HTTP', { skip }, async () => {
  const only = {
    '2': await startTlsReceiver({ allow: '2' }),
    '1.1': await startTlsReceiver({ allow: '1.1' }),
  }
  for (const [speaks, receiver] of Object.entries(only)) {
    const { set, sent } = await endpointAt(receiver.url)
    const other = speaks === '2' ? '1.1' : '2'
    await set({ trustedCertificates: ca, httpVersion: other })
    const { attempt } = await sent()
    assert.equal(attempt.failure?.code, 'tls_failed')
    assert.equal(attempt.failure?.detail, 'http_version')
    for (const httpVersion of [speaks, 'auto']) {
      await set({ trustedCertificates: ca, httpVersion })
      assert.equal((await sent()).attempt.responseStatusCode, 200)
    }
    assert.deepEqual(
      receiver.seen.map(({ httpVersion }) => httpVersion),
      speaks === '2' ? ['2.0', '2.0'] : ['1.1', '1.1'],
    )
  }
})

test('another node uses a changed certificate, too', { skip }, async () => {
  const receiver = await demanding()
  const { set, send } = await endpointAt(receiver.url)
  const beside = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' }, [], bellwire.home)
  await set({ trustedCertificates: ca, ...own(ours.makeCertificate()) })
  const url = receiver.url
  const messages = () => Promise.all(Array.from({ length: 20 }, () => send()))
  await messages()
  const { body } = await set({ trustedCertificates: ca, ...own(ours.makeCertificate()) })
  const [{ fingerprint }] = body['certificates'] as [{ fingerprint: string }]
  await until('the first ones came', () => receiver.seen.length === 20)
  await messages()
  await until('all came', () => receiver.seen.length === 40)
  const later = receiver.seen.slice(20).map((one) => one.fingerprint)
  assert.deepEqual(new Set(later), new Set([fingerprint]), url)
  await beside.stop()
})

test('the key is sealed, and in no answer, log or audit row', { skip }, async () => {
  const { set, path, app, endpoint } = await endpointAt('https://example.com/hook')
  const client = ours.makeCertificate()
  await set(own(client))
  const line = client.key.split('\n')[5]!
  const { rows: tables } = await store.pool.query<{ name: string }>(
    `select relname as name from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`,
  )
  for (const { name } of tables) {
    const { rows } = await store.pool.query<{ row: string }>(
      `select t::text as row from "${name}" t`,
    )
    for (const { row } of rows) {
      assert.ok(!row.includes(line), `${name} holds the key`)
      assert.ok(!row.includes(Buffer.from(line).toString('hex')), `${name} holds the key`)
    }
  }
  const { body, text } = await call('GET', `/audit-log?target_id=${endpoint.id}`)
  assert.ok(!text.includes('BEGIN'))
  const [entry] = body['data'] as [{ operation: string; after: Record<string, unknown> }]
  assert.equal(entry.operation, 'bellwire.endpoint.set-transport')
  assert.equal(entry.after['privateKey'], '[redacted]')
  assert.equal((await call('DELETE', `/app/${app}/endpoint/${endpoint.id}`)).status, 204)
  const { rows } = await store.pool.query(
    'select from endpoint_transport where private_key is not null and endpoint_id in (select id from endpoint where deleted_at is not null)',
  )
  assert.equal(rows.length, 0)
  assert.equal((await call('GET', path)).status, 404)
})
