// R18: receivers that speak bad TLS. Certificates are made by the openssl program.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTls, type TlsOptions } from 'node:tls'
import { type Fault, type Run, Skip } from '../fault.ts'
import { run as execute } from '../processes.ts'
import { firstAttempt, rawReceiver } from '../raw-receiver.ts'

async function certificate(run: Run) {
  const folder = await mkdtemp(join(tmpdir(), 'bellwire-chaos-tls-'))
  run.after(() => rm(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  await execute('/usr/bin/openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
  ])
  return { key: await readFile(key), cert: await readFile(cert) }
}

async function tlsReceiver(run: Run, options: TlsOptions) {
  const server = createTls(options, (socket) => socket.end('HTTP/1.1 204 No\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  )
  server.on('tlsClientError', () => {})
  await once(server, 'listening')
  run.after(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/tls`
}

export const tlsFault: Fault = {
  id: 'R18',
  name: 'speaks bad TLS',
  async run(run) {
    if (!existsSync('/usr/bin/openssl'))
      throw new Skip('needs /usr/bin/openssl to make a certificate')
    const own = await certificate(run)
    const plain = await rawReceiver(
      run,
      (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'),
      (socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n'))
      },
    )
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    run.after(() => silent.close())
    const cases: [string, string, string, RegExp][] = [
      ['self-signed', await tlsReceiver(run, own), 'tls_failed', /self_signed/],
      [
        'TLS 1.1',
        await tlsReceiver(run, {
          ...own,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        }),
        'tls_failed',
        /old_protocol|refused/,
      ],
      ['plain HTTP', plain.url.replace('http:', 'https:'), 'tls_failed', /not_https/],
      [
        'stalled handshake',
        `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
        'timeout',
        /./,
      ],
    ]
    const results = await Promise.all(
      cases.map(async ([what, url, code, detail]) => {
        const got = await firstAttempt(url)
        assert.equal(got.code, code, what)
        assert.match(got.detail ?? '', detail, what)
        return `${what}: ${got.code}/${got.detail}`
      }),
    )
    return results.join(', ')
  },
}
