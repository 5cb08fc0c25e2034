// What is refused of certificates, keys and versions of HTTP, and what is shown of those that are taken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testAuthority } from '../certificates.ts'
import { startApi } from './api.ts'

const { skip, ca, makeCertificate } = testAuthority()
const api = await startApi()

async function seed(url = 'https://example.com/') {
  const app = (await api.post('app', { name: 'transported' })).body.id
  const endpoint = (await api.post(`app/${app}/endpoint`, { url })).body.id
  const one = `app/${app}/endpoint/${endpoint}`
  return { app, one, path: `${one}/transport` }
}

const PLAIN = { httpVersion: '1.1', certificates: [], trustedCertificates: [], trustSystem: true }
const good = makeCertificate()
const other = makeCertificate()
const own = { certificate: good.cert, privateKey: good.key }

const REFUSED: Record<string, [body: object, field: string, msg: RegExp]> = {
  'a version that is none': [{ httpVersion: '3' }, 'httpVersion', /1\.1/],
  'a certificate without its key': [{ certificate: good.cert }, 'privateKey', /required/],
  'a key without its certificate': [{ privateKey: good.key }, 'certificate', /required/],
  'what is no certificate': [
    { ...own, certificate: 'x' },
    'certificate',
    /expected certificates as PEM/,
  ],
  'half a certificate': [
    { ...own, certificate: good.cert.slice(0, 300) },
    'certificate',
    /certificate 1 is not readable/,
  ],
  'a key where the certificate belongs': [
    { ...own, certificate: good.cert + good.key },
    'certificate',
    /holds a private key/,
  ],
  'what is no key': [{ ...own, privateKey: 'x' }, 'privateKey', /expected a private key as PEM/],
  'a locked key': [
    {
      ...own,
      privateKey:
        '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----',
    },
    'privateKey',
    /passphrase/,
  ],
  'the key of another certificate': [
    { ...own, privateKey: other.key },
    'privateKey',
    /does not belong/,
  ],
  'the issuer first': [{ ...own, certificate: ca + good.cert }, 'certificate', /must come first/],
  'an issuer that is another': [
    { ...own, certificate: good.cert + other.cert },
    'certificate',
    /certificate 2 did not issue certificate 1/,
  ],
  'nobody to trust': [{ trustSystem: false }, 'trustSystem', /nobody to trust/],
  'authorities that are none': [{ trustedCertificates: 'x' }, 'trustedCertificates', /as PEM/],
  'more authorities than anyone needs': [
    { trustedCertificates: ca.repeat(21) },
    'trustedCertificates',
    /at most 20/,
  ],
}

for (const [name, [body, field, msg]] of Object.entries(REFUSED)) {
  test(`refused: ${name}`, { skip }, async () => {
    const { path } = await seed()
    const refused = await api.put(path, body)
    assert.equal(refused.status, 422, refused.text)
    const [detail] = refused.body.detail as { loc: string[]; msg: string }[]
    assert.deepEqual(detail!.loc, ['body', field])
    assert.match(detail!.msg, msg)
    assert.ok(!refused.text.includes(good.key.split('\n')[4]!), 'no message quotes a key')
    assert.deepEqual((await api.get(path)).body, PLAIN)
  })
}

test('refused: what has expired, is not valid yet, or is too weak', { skip }, async () => {
  const { path } = await seed()
  const cases = [
    [{ to: '20210101000000Z' }, /certificate 1 expired on 2021-01-01T00:00:00.000Z/],
    [{ from: '20980101000000Z' }, /certificate 1 is not valid before 2098-01-01T00:00:00.000Z/],
    [{ newKey: 'rsa:1024' }, /cannot be used: ee key too small/],
  ] as const
  for (const [wanted, msg] of cases) {
    const { cert, key } = makeCertificate(wanted)
    const refused = await api.put(path, { certificate: cert, privateKey: key })
    assert.equal(refused.status, 422)
    const [detail] = refused.body.detail as { loc: string[]; msg: string }[]
    assert.deepEqual(detail!.loc, ['body', 'certificate'])
    assert.match(detail!.msg, msg)
  }
  const { cert } = makeCertificate({ to: '20210101000000Z', self: true })
  const refused = await api.put(path, { trustedCertificates: ca + cert })
  assert.match(refused.text, /"trustedCertificates".*certificate 2 expired/)
})

test('what is stored is shown without the key; a chain is shown whole', { skip }, async () => {
  const { path } = await seed()
  const certificate = `Bag Attributes: x\n${good.cert}\n# who issued it\n${ca}`
  const body = { certificate, privateKey: good.key, trustedCertificates: ca, trustSystem: false }
  const put = await api.put(path, { ...body, httpVersion: 'auto' })
  assert.equal(put.status, 200, put.text)
  const { certificates, trustedCertificates, ...rest } = put.body
  assert.deepEqual(rest, { httpVersion: 'auto', trustSystem: false })
  const [first, second] = certificates as unknown as Record<string, string>[]
  assert.equal(first!['subject'], 'CN=hooks.example.com')
  assert.equal(first!['issuer'], 'CN=Test CA')
  assert.equal(first!['validFrom'], '2020-01-01T00:00:00.000Z')
  assert.equal(first!['validTo'], '2099-01-01T00:00:00.000Z')
  assert.match(first!['fingerprint']!, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  assert.deepEqual(trustedCertificates, [second])
  assert.deepEqual((await api.get(path)).body, put.body)
})

test('PATCH keeps what it does not name; null takes the certificate with its key', {
  skip,
}, async () => {
  const { path } = await seed()
  await api.put(path, { ...own, trustedCertificates: ca })
  const patched = await api.call({ method: 'PATCH', path, body: { httpVersion: '2' } })
  assert.equal(patched.body['httpVersion'], '2')
  assert.equal((patched.body['certificates'] as unknown as object[]).length, 1)
  const half = await api.call({ method: 'PATCH', path, body: { privateKey: other.key } })
  assert.equal(half.status, 422)
  const without = await api.call({ method: 'PATCH', path, body: { certificate: null } })
  assert.deepEqual(without.body['certificates'], [])
  assert.equal((without.body['trustedCertificates'] as unknown as object[]).length, 1)
})

test('none of it over plain http, whichever comes first', { skip }, async () => {
  const plain = await seed('http://example.com/')
  for (const [body, field] of [
    [own, 'certificate'],
    [{ trustedCertificates: ca }, 'trustedCertificates'],
    [{ httpVersion: '2' }, 'httpVersion'],
  ] as const) {
    const refused = await api.put(plain.path, body)
    assert.equal(refused.status, 422)
    assert.deepEqual((refused.body.detail as { loc: string[] }[])[0]!.loc, ['body', field])
  }
  assert.equal((await api.put(plain.path, { httpVersion: 'auto' })).status, 200)

  const secure = await seed()
  await api.put(secure.path, own)
  const url = 'http://example.com/'
  for (const method of ['PATCH', 'PUT'] as const) {
    const moved = await api.call({ method, path: secure.one, body: { url } })
    assert.equal(moved.status, 422)
    assert.match(moved.text, /expected an https:\/\/ URL: the transport/)
  }
  await api.call({ method: 'DELETE', path: secure.path })
  assert.equal((await api.call({ method: 'PATCH', path: secure.one, body: { url } })).status, 200)
})

test('another application cannot see it, and who may only look cannot change it', async () => {
  const { app, path } = await seed()
  const stranger = await api.tokenOf((await seed()).app)
  assert.equal((await api.call({ method: 'GET', path, token: stranger })).status, 404)
  const viewer = await api.tokenOf(app, { capabilities: ['ViewBase'] })
  assert.equal((await api.call({ method: 'GET', path, token: viewer })).status, 200)
  const body = { httpVersion: 'auto' }
  assert.equal((await api.call({ method: 'PUT', path, body, token: viewer })).status, 403)
})
