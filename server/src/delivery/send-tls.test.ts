import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import tls from 'node:tls'
import { type Pair, testAuthority } from '../../test/certificates.ts'
import { until } from '../../test/until.ts'
import type { Outcome } from '../domain/outcome.ts'
import { parseAddress } from './egress/addresses.ts'
import { parseAllowList } from './egress/allow-list.ts'
import { createGuard } from './egress/guard.ts'
import type { Resolver } from './egress/resolver.ts'
import type { TlsIdentity } from './egress/tls-identity.ts'
import { toAddressSet } from './egress/url.ts'
import { createSender, type Timeouts } from './send.ts'

// R18: receivers that speak bad TLS. Certificates are made by the openssl program.

/** Of those who never answer. */
const SHORT: Timeouts = { connectMs: 500, headersMs: 500, totalMs: 1_000 }
/** Of those who do, also on a machine that is busy with other things. */
const PATIENT: Timeouts = { connectMs: 10_000, headersMs: 10_000, totalMs: 10_000 }
const HOST = 'hooks.example.com'

const { ca, makeCertificate, skip } = testAuthority()
const resolver: Resolver = { lookup: () => toAddressSet([parseAddress('127.0.0.1')!]), close() {} }

async function sendTo(
  t: TestContext,
  server: net.Server,
  options: {
    trust?: boolean
    host?: string
    times?: number
    identity?: Omit<TlsIdentity, 'id'>
    timeouts?: Timeouts
  } = {},
) {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8') }, resolver)
  const sender = createSender({ guard, tickMs: 20, extraCa: options.trust === false ? [] : [ca] })
  t.after(() => sender.close())
  const url = `https://${options.host ?? HOST}:${(server.address() as net.AddressInfo).port}/hook`
  const request = { method: 'POST', url, headers: [], body: Buffer.from('{}') }
  const identity = options.identity && { tls: { id: 'ep_1', ...options.identity } }
  const { timeouts = PATIENT } = options
  let outcome: Outcome | undefined
  for (let i = 0; i < (options.times ?? 1); i++) {
    outcome = await sender.send(request, { timeouts, ...identity })
  }
  return { outcome: outcome!, connections: sockets.size, stats: sender.stats() }
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
function tlsServer(pair: Pair, options: tls.TlsOptions = {}, onSocket = answer) {
  return tls.createServer({ ...pair, ...options }, onSocket)
}
function answer(socket: tls.TLSSocket) {
  socket.on('error', () => {})
  socket.on('data', () => socket.write(OK))
}

function brief(outcome: Outcome): string {
  if (outcome.kind === 'delivered') return `delivered ${outcome.answer.status}`
  const { code, detail } = outcome.failure
  return detail === undefined ? code : `${code} ${detail}`
}

test('a good certificate delivers, and the socket is used again', { skip }, async (t) => {
  const { outcome, connections } = await sendTo(t, tlsServer(makeCertificate()), { times: 3 })
  assert.equal(brief(outcome), 'delivered 200')
  assert.equal(connections, 1)
})

test('TLS 1.2 alone is good enough', { skip }, async (t) => {
  const server = tlsServer(makeCertificate(), { maxVersion: 'TLSv1.2' })
  assert.equal(brief((await sendTo(t, server)).outcome), 'delivered 200')
})

test('the name is what is asked for by SNI, a literal asks for none', { skip }, async (t) => {
  const asked: (string | false | null)[] = []
  const server = tlsServer(makeCertificate(), {}, (socket) => {
    asked.push(socket.servername)
    answer(socket)
  })
  await sendTo(t, server)
  assert.deepEqual(asked, [HOST])
})

test('a literal needs its address in the certificate', { skip }, async (t) => {
  const { outcome } = await sendTo(t, tlsServer(makeCertificate()), { host: '127.0.0.1' })
  assert.equal(brief(outcome), 'tls_failed wrong_name')
})

test('self-signed', { skip }, async (t) => {
  const { outcome } = await sendTo(t, tlsServer(makeCertificate({ self: true })))
  assert.equal(brief(outcome), 'tls_failed self_signed')
})

test('expired', { skip }, async (t) => {
  const pair = makeCertificate({ to: '20200201000000Z' })
  assert.equal(brief((await sendTo(t, tlsServer(pair))).outcome), 'tls_failed expired')
})

test('not yet valid', { skip }, async (t) => {
  const pair = makeCertificate({ from: '20980101000000Z' })
  assert.equal(brief((await sendTo(t, tlsServer(pair))).outcome), 'tls_failed not_yet_valid')
})

test('the wrong name is told with the right ones', { skip }, async (t) => {
  const { outcome } = await sendTo(t, tlsServer(makeCertificate({ host: 'other.example.org' })))
  assert.equal(brief(outcome), 'tls_failed wrong_name')
  assert.ok(outcome.kind === 'failed')
  assert.equal(
    outcome.failure.message,
    `The certificate is for other.example.org, not for ${HOST}.`,
  )
})

test('an authority that we do not know', { skip }, async (t) => {
  const pair = makeCertificate()
  const leaf = await sendTo(t, tlsServer(pair), { trust: false })
  assert.equal(brief(leaf.outcome), 'tls_failed incomplete_chain')
  const whole = await sendTo(t, tlsServer({ ...pair, cert: pair.cert + ca }), { trust: false })
  assert.equal(brief(whole.outcome), 'tls_failed unknown_authority')
})

test('TLS 1.1 only', { skip }, async (t) => {
  const server = tlsServer(makeCertificate(), {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  assert.equal(brief((await sendTo(t, server)).outcome), 'tls_failed old_protocol')
})

test('plain HTTP on the port', { skip }, async (t) => {
  const server = net.createServer(
    (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
  )
  assert.equal(brief((await sendTo(t, server)).outcome), 'tls_failed not_https')
})

test('a handshake that stalls is a timeout while connecting, and its socket is gone', {
  skip,
}, async (t) => {
  const { outcome, stats } = await sendTo(t, net.createServer(), { timeouts: SHORT })
  assert.equal(brief(outcome), 'timeout connecting')
  assert.ok(outcome.kind === 'failed')
  assert.match(outcome.failure.operatorNote ?? '', /in tls/)
  assert.equal(stats.sockets, 0)
})

test('a hang-up before a TLS byte is a failed connection', { skip }, async (t) => {
  const server = net.createServer(
    (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  )
  assert.equal(brief((await sendTo(t, server)).outcome), 'connect_failed')
})

const WANTS_CERTIFICATE = {
  'TLSv1.2': /^tls_failed refused$/,
  'TLSv1.3': /^tls_failed (client_certificate_required|refused)$/,
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a client certificate is wanted (${version})`, { skip }, async (t) => {
    const options: tls.TlsOptions = {
      requestCert: true,
      rejectUnauthorized: true,
      ca,
      maxVersion: version,
    }
    const without = await sendTo(t, tlsServer(makeCertificate(), options))
    // By TLS 1.3 the alert comes after the handshake: it may be overtaken by the hang-up.
    assert.match(brief(without.outcome), WANTS_CERTIFICATE[version])
    const identity = makeCertificate()
    const given = await sendTo(t, tlsServer(makeCertificate(), options), { identity })
    assert.equal(brief(given.outcome), 'delivered 200')
  })
}

test('no cipher in common', { skip }, async (t) => {
  const server = tlsServer(makeCertificate(), {
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  })
  const { outcome } = await sendTo(t, server)
  assert.equal(brief(outcome), 'tls_failed refused')
})

test('bad certificates leave nothing behind', { skip }, async (t) => {
  const pair = makeCertificate({ self: true })
  const { stats } = await sendTo(t, tlsServer(pair), { times: 200 })
  assert.deepEqual(
    { sockets: stats.sockets, idle: stats.idle, pools: stats.pools },
    { sockets: 0, idle: 0, pools: 1 },
  )
})

// HTTP/2, for endpoints that ask for it.

function http2Server(
  react: (stream: http2.ServerHttp2Stream) => void,
  options: http2.SecureServerOptions = {},
) {
  const server = http2.createSecureServer({ ...makeCertificate(), ...options })
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    react(stream)
  })
  server.on('sessionError', () => {})
  return server
}

test('HTTP/2: delivered, and the socket is used again', { skip }, async (t) => {
  const seen: unknown[] = []
  const server = http2Server((stream) => {
    stream.on('data', (chunk: Buffer) => seen.push([stream.session?.alpnProtocol, String(chunk)]))
    stream.respond({ ':status': 200, 'x-twice': ['a', 'b'], 'set-cookie': ['c=1'] })
    stream.end('ok')
  })
  const identity = { httpVersion: '2' as const }
  const { outcome, connections } = await sendTo(t, server, { identity, times: 3 })
  assert.equal(brief(outcome), 'delivered 200')
  // An answer may come before all of its request was read.
  await until('the last body is there', () => seen.length === 3)
  assert.deepEqual(seen, Array(3).fill(['h2', '{}']))
  assert.equal(connections, 1)
  const headers = outcome.answer?.headers.filter(([name]) => name !== 'date')
  assert.deepEqual(headers, [['x-twice', 'a, b']])
  assert.equal(outcome.answer?.body.toString(), 'ok')
})

test('HTTP/2 is spoken where it is offered, if either will do', { skip }, async (t) => {
  const versions: string[] = []
  const both = () =>
    http2.createSecureServer({ ...makeCertificate(), allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion)
      response.end()
    })
  for (const httpVersion of ['auto', '1.1', '2'] as const) {
    const { outcome } = await sendTo(t, both(), { identity: { httpVersion } })
    assert.equal(brief(outcome), 'delivered 200')
  }
  assert.deepEqual(versions, ['2.0', '1.1', '2.0'])
  const old = await sendTo(t, tlsServer(makeCertificate()), { identity: { httpVersion: 'auto' } })
  assert.equal(brief(old.outcome), 'delivered 200')
})

test('a version of HTTP that is not offered', { skip }, async (t) => {
  const only = http2Server((stream) => stream.respond({}, { endStream: true }))
  const [one, two] = ['1.1', '2'] as const
  const refused = await sendTo(t, only, { identity: { httpVersion: one } })
  assert.equal(brief(refused.outcome), 'tls_failed http_version')
  // One that knows ALPN and one that does not.
  const options = { ALPNProtocols: ['http/1.1'] }
  for (const server of [tlsServer(makeCertificate(), options), tlsServer(makeCertificate())]) {
    const { outcome, stats } = await sendTo(t, server, { identity: { httpVersion: two } })
    assert.equal(brief(outcome), 'tls_failed http_version')
    assert.equal(stats.sockets, 0)
  }
})

type Hostile = [react: (stream: http2.ServerHttp2Stream) => void, said: RegExp, timeouts?: Timeouts]
const HOSTILE: Record<string, Hostile> = {
  'a reset instead of an answer': [(stream) => stream.close(2), /^response_incomplete$/],
  'a reset within the body': [
    (stream) => {
      stream.respond({})
      stream.write('begun', () => stream.destroy(new Error('broken')))
    },
    /^response_incomplete$/,
  ],
  'a refused stream': [(stream) => stream.close(7), /^response_incomplete$/],
  'a hang-up instead of an answer': [
    (stream) => stream.session?.destroy(),
    /^(response_incomplete|tls_failed refused)$/,
  ],
  'too many headers': [
    (stream) => {
      const many = Object.fromEntries(Array.from({ length: 110 }, (_, i) => [`x-${i}`, '1']))
      stream.respond(many, { endStream: true })
    },
    /^protocol_error headers$/,
  ],
  'headers that are too large': [
    (stream) => stream.respond({ 'x-large': 'a'.repeat(20_000) }, { endStream: true }),
    /^protocol_error headers$/,
  ],
  'informational answers without end': [
    (stream) => {
      for (let i = 0; i < 20; i++) stream.additionalHeaders({ ':status': 103 })
    },
    /^protocol_error$/,
  ],
  'fewer bytes than it says': [
    (stream) => {
      stream.respond({ 'content-length': '10' })
      stream.end('five!')
    },
    /^(response_incomplete|protocol_error)$/,
  ],
  'no answer': [() => {}, /^timeout headers$/, { ...PATIENT, headersMs: 500 }],
  'an answer that stands still': [
    (stream) => stream.respond({}),
    /^timeout body$/,
    { ...PATIENT, totalMs: 1_500 },
  ],
  'an error': [
    (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
    /^http_status 503$/,
  ],
}

for (const [name, [react, said, timeouts = PATIENT]] of Object.entries(HOSTILE)) {
  test(`HTTP/2: ${name}`, { skip }, async (t) => {
    const identity = { httpVersion: '2' as const }
    const { outcome, stats } = await sendTo(t, http2Server(react), { identity, timeouts })
    assert.match(brief(outcome), said)
    assert.ok(outcome.kind === 'failed')
    assert.equal(stats.sockets - stats.idle, 0)
  })
}

test('HTTP/2: a server that is leaving is called again on another socket', { skip }, async (t) => {
  const server = http2Server((stream) => {
    stream.respond({}, { endStream: true })
    stream.session?.close()
  })
  const identity = { httpVersion: '2' as const }
  const { outcome } = await sendTo(t, server, { identity, times: 5 })
  assert.equal(brief(outcome), 'delivered 200')
})

// Whom we believe.

test('an own authority, besides the public ones and in their place', { skip }, async (t) => {
  const pair = makeCertificate()
  const sent = async (trusted: string, identity: object) => {
    const options = { identity: { ca: trusted, ...identity }, trust: false }
    return brief((await sendTo(t, tlsServer(pair), options)).outcome)
  }
  const other = makeCertificate({ self: true }).cert
  assert.equal(await sent(ca, {}), 'delivered 200')
  assert.equal(await sent(ca, { caOnly: true }), 'delivered 200')
  assert.equal(await sent(other + ca, {}), 'delivered 200')
  // The very certificate, though another has issued it.
  assert.equal(await sent(pair.cert, { caOnly: true }), 'delivered 200')
  assert.equal(await sent(other, { caOnly: true }), 'tls_failed unknown_authority')
})

test('whom one endpoint believes is nothing to the others', { skip }, async (t) => {
  const pair = makeCertificate()
  await sendTo(t, tlsServer(pair), { identity: { ca }, trust: false })
  const { outcome } = await sendTo(t, tlsServer(pair), { trust: false })
  assert.equal(brief(outcome), 'tls_failed incomplete_chain')
})

test('in place of all others means also of those that the operator added', { skip }, async (t) => {
  const identity = { ca: makeCertificate({ self: true }).cert, caOnly: true }
  const { outcome } = await sendTo(t, tlsServer(makeCertificate()), { identity, trust: true })
  assert.equal(brief(outcome), 'tls_failed unknown_authority')
})
