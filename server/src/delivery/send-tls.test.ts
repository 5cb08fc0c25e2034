import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, type TestContext } from 'node:test'
import tls from 'node:tls'
import type { Outcome } from '../domain/outcome.ts'
import { parseAddress } from './egress/addresses.ts'
import { parseAllowList } from './egress/allow-list.ts'
import { createGuard } from './egress/guard.ts'
import type { Resolver } from './egress/resolver.ts'
import { toAddressSet } from './egress/url.ts'
import { createSender, type Timeouts } from './send.ts'

// R18: receivers that speak bad TLS. Certificates are made by the openssl program.

const OPENSSL = '/usr/bin/openssl'
const skip = existsSync(OPENSSL) ? false : `needs ${OPENSSL} to make certificates`
const SHORT: Timeouts = { connectMs: 500, headersMs: 500, totalMs: 1_000 }
const HOST = 'hooks.example.com'

const folder = mkdtempSync(join(tmpdir(), 'bellwire-tls-'))
after(() => rmSync(folder, { recursive: true }))
const path = (name: string) => join(folder, name)
const openssl = (...args: string[]) => execFileSync(OPENSSL, args, { stdio: 'pipe', cwd: folder })

type Pair = { cert: string; key: string }
type Wanted = { from?: string; to?: string; host?: string; self?: boolean }

function makeCertificate(name: string, wanted: Wanted = {}): Pair {
  const { from = '20200101000000Z', to = '20990101000000Z', host = HOST, self = false } = wanted
  const [key, csr, crt, cnf] = ['key', 'csr', 'crt', 'cnf'].map((kind) => `${name}.${kind}`)
  writeFileSync(path(cnf!), `subjectAltName=DNS:${host}\n`)
  const subject = ['-subj', `/CN=${host}`]
  openssl('req', '-new', ...NEW_KEY, ...subject, '-keyout', key!, '-out', csr!)
  const signer = self ? ['-selfsign', '-keyfile', key!] : ['-cert', 'ca.crt', '-keyfile', 'ca.key']
  const times = ['-startdate', from, '-enddate', to]
  const files = ['-in', csr!, '-out', crt!, '-extfile', cnf!]
  openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', ...signer, ...times, ...files)
  return { cert: readFileSync(path(crt!), 'utf8'), key: readFileSync(path(key!), 'utf8') }
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes']
const CA_CONFIG = `[ca]
default_ca=this
[this]
database=index.txt
rand_serial=yes
new_certs_dir=.
default_md=sha256
unique_subject=no
policy=any
[any]
commonName=supplied
`

function makeAuthority(): string {
  writeFileSync(path('ca.cnf'), CA_CONFIG)
  writeFileSync(path('index.txt'), '')
  const subject = ['-subj', '/CN=Test CA', '-days', '3650']
  openssl('req', '-x509', ...NEW_KEY, ...subject, '-keyout', 'ca.key', '-out', 'ca.crt')
  return readFileSync(path('ca.crt'), 'utf8')
}

const ca = skip ? '' : makeAuthority()
const resolver: Resolver = { lookup: () => toAddressSet([parseAddress('127.0.0.1')!]), close() {} }

async function sendTo(
  t: TestContext,
  server: net.Server,
  options: { trust?: boolean; host?: string; times?: number; identity?: Pair } = {},
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
  let outcome: Outcome | undefined
  for (let i = 0; i < (options.times ?? 1); i++) {
    outcome = await sender.send(request, { timeouts: SHORT, ...identity })
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
  const { outcome, connections } = await sendTo(t, tlsServer(makeCertificate('good')), { times: 3 })
  assert.equal(brief(outcome), 'delivered 200')
  assert.equal(connections, 1)
})

test('TLS 1.2 alone is good enough', { skip }, async (t) => {
  const server = tlsServer(makeCertificate('v12'), { maxVersion: 'TLSv1.2' })
  assert.equal(brief((await sendTo(t, server)).outcome), 'delivered 200')
})

test('the name is what is asked for by SNI, a literal asks for none', { skip }, async (t) => {
  const asked: (string | false | null)[] = []
  const server = tlsServer(makeCertificate('sni'), {}, (socket) => {
    asked.push(socket.servername)
    answer(socket)
  })
  await sendTo(t, server)
  assert.deepEqual(asked, [HOST])
})

test('a literal needs its address in the certificate', { skip }, async (t) => {
  const { outcome } = await sendTo(t, tlsServer(makeCertificate('lit')), { host: '127.0.0.1' })
  assert.equal(brief(outcome), 'tls_failed wrong_name')
})

test('self-signed', { skip }, async (t) => {
  const { outcome } = await sendTo(t, tlsServer(makeCertificate('self', { self: true })))
  assert.equal(brief(outcome), 'tls_failed self_signed')
})

test('expired', { skip }, async (t) => {
  const pair = makeCertificate('old', { to: '20200201000000Z' })
  assert.equal(brief((await sendTo(t, tlsServer(pair))).outcome), 'tls_failed expired')
})

test('not yet valid', { skip }, async (t) => {
  const pair = makeCertificate('new', { from: '20980101000000Z' })
  assert.equal(brief((await sendTo(t, tlsServer(pair))).outcome), 'tls_failed not_yet_valid')
})

test('the wrong name is told with the right ones', { skip }, async (t) => {
  const { outcome } = await sendTo(
    t,
    tlsServer(makeCertificate('other', { host: 'other.example.org' })),
  )
  assert.equal(brief(outcome), 'tls_failed wrong_name')
  assert.ok(outcome.kind === 'failed')
  assert.equal(
    outcome.failure.message,
    `The certificate is for other.example.org, not for ${HOST}.`,
  )
})

test('an authority that we do not know', { skip }, async (t) => {
  const pair = makeCertificate('leaf')
  const leaf = await sendTo(t, tlsServer(pair), { trust: false })
  assert.equal(brief(leaf.outcome), 'tls_failed incomplete_chain')
  const whole = await sendTo(t, tlsServer({ ...pair, cert: pair.cert + ca }), { trust: false })
  assert.equal(brief(whole.outcome), 'tls_failed unknown_authority')
})

test('TLS 1.1 only', { skip }, async (t) => {
  const server = tlsServer(makeCertificate('v11'), {
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
  const { outcome, stats } = await sendTo(t, net.createServer())
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

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a client certificate is wanted (${version})`, { skip }, async (t) => {
    const name = `mtls${version.at(-1)}`
    const options: tls.TlsOptions = {
      requestCert: true,
      rejectUnauthorized: true,
      ca,
      maxVersion: version,
    }
    const without = await sendTo(t, tlsServer(makeCertificate(name), options))
    assert.equal(brief(without.outcome), 'tls_failed refused')
    const identity = makeCertificate(`${name}-client`)
    const given = await sendTo(t, tlsServer(makeCertificate(`${name}-b`), options), { identity })
    assert.equal(brief(given.outcome), 'delivered 200')
  })
}

test('no cipher in common', { skip }, async (t) => {
  const server = tlsServer(makeCertificate('cipher'), {
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  })
  const { outcome } = await sendTo(t, server)
  assert.equal(brief(outcome), 'tls_failed refused')
})

test('bad certificates leave nothing behind', { skip }, async (t) => {
  const pair = makeCertificate('leak', { self: true })
  const { stats } = await sendTo(t, tlsServer(pair), { times: 200 })
  assert.deepEqual(
    { sockets: stats.sockets, idle: stats.idle, pools: stats.pools },
    { sockets: 0, idle: 0, pools: 1 },
  )
})
