// The key and its certificate are made for these tests and protect nothing.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { awsSns } from '../providers/aws-sns.ts'
import { paypal } from '../providers/paypal.ts'
import type { Preset } from '../verification/preset.ts'
import type { InboundRequest } from '../verification/request.ts'
import { schemeOf } from '../verification/scheme-of.ts'
import { signRequest } from '../verification/sign-request.ts'
import { verifyScheme } from '../verification/verify-scheme.ts'
import { readCertificate } from './certificate.ts'
import { crc32 } from './crc32.ts'

const KEY = `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDW9ohg2PqZ/KJh
Xcl4iF1SBAWjPkuMsOMFoeMRBbEIRcP6jEw2XrZZdY3HH/hs/2fkBl0/6wd2esMY
6bwG/uTvidUu9jAROKb3vH31VEnAJgXMsvyP4jhh3vv4OallFuRBTtr2AXrG0g0P
deI0S9JXyY9eexrTpw9nK/OULUH30NKgjLgzzFZcwPu7PFm9nFsPyNR8kMAU38hG
g1rvFtEllKbps6dcFjelvmXe3g+yZFCFYtl0LsJkA7+LFRy1iXidGNSPphGK0WIX
QoABlZd3GHuPyy5V0BT0eN4XjHW/CZHoca/84GsYX1t8cPkEpI7Wi7MyrYAT7pS4
NtGlYsZ9AgMBAAECggEACXzLCx84fEhisFJv3HKET+TejNRoiDacZni9KVirdhaC
LlI34ORwPuWJ0uKN192z66P+RJ5ub2O+raBPTK2+U/Ys4ww5leD+uYtnsca9FI55
Dg5OSFlvLJ6nV07QM6Z9f4Zn8pihHxpROj/1MmKwT3CVc9GSHwpOCzss3nra4QGR
OQdHB8KWkwJ2eYikrVwGNIWs18CpBZvPiDX3GhABO/PgZNAPEVg2CmwMzJt+7XSZ
W0UYtc4+2KXdb4jhR2oL5N9pRF7UimXaqF2cG1d/a8X26++X9aTxawArHt7MR9UR
bIXmEM2bn9sozsWoLMBGWg9H95CMqLaNnKE4DYv+3wKBgQD0DrgSgdg32x9YYNw6
+lmxJsFBLcG+6LFmk7/LJf6b9vhHG5ZTauphMQkZXjbJH43IUr5+rIoVfBk5VX9G
yQIEUpTZXgMyStw2oq7MI80b/EgdtBTxczmR1xMV4L6HKV9hEfT8BdLHfjZufI4g
HgLRoEkURPzgvAwRsPZHx0I9GwKBgQDhe1m1fWpgTQ5pbU4XPVW7E3psG0xvjveh
BYQezoc18Cky6p4GPlKc6n//1+/vW0EyZ3ByxfcxUYcgQr6by2ZILbl4UI9dWVLY
3Gni9IUEugQ2kim+6/piX4DD6w0zE2YySkRcoyKqVOyNEQPR6svFDyxysJNwuOlX
mb4Q/ay8RwKBgGGa6V7tcu2TwstzoWAs82X3294XUJ7rLNebS18RiOwTL2Qw0kP2
RFouZDczCLIS3n85KFo84tSI1wWo/cfvZ9EWvdTY1mpsqflnwoR95O/GS4klliKi
NGnxG/7p7QjdMPn/VnzcT1ndTiONyMFrfzEa618h4Ah47FK+9R/rvr/1AoGBAKZ8
s6JkNhVhEBEcGhriuNhm62/DQE7m20TTk9hDWmajK2hi/8dQYSNnqpc30/uB/8O9
yLOWJI0Py5wwbBkQuDb3PAjwQssEVz20kaJ4NXdl+hJpHdXQ25GjPqpqddaOrljX
qV5VPhVSm08VjyKCIW8hYwpUAqmqfvClnkdhZxelAoGBAKkeG04I4JodReRadVpx
4kgQEF3Rt1cPm8zcY/FbCwrgywWQQcMmRRvHLUeTaWbj+nGBQjYTqKZiWO//zkxL
kvdtR25DS8RLMIA4TIf/4oQTZA5oCEqb+rkT0wZKHu4S7jobZmRDDlrhqvZlbhKH
1Mu6gpL1EhLmcv/trDk6CPNU
-----END PRIVATE KEY-----`
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDEzCCAfugAwIBAgIUKdqlQ7sCZ1iqYjAh/sfO0gXznBQwDQYJKoZIhvcNAQEL
BQAwGDEWMBQGA1UEAwwNYmVsbHdpcmUgdGVzdDAgFw0yNjExMjExNjIzMzJaGA8y
MTI2MTAyODE2MjMzMlowGDEWMBQGA1UEAwwNYmVsbHdpcmUgdGVzdDCCASIwDQYJ
KoZIhvcNAQEBBQADggEPADCCAQoCggEBANb2iGDY+pn8omFdyXiIXVIEBaM+S4yw
4wWh4xEFsQhFw/qMTDZetll1jccf+Gz/Z+QGXT/rB3Z6wxjpvAb+5O+J1S72MBE4
pve8ffVUScAmBcyy/I/iOGHe+/g5qWUW5EFO2vYBesbSDQ914jRL0lfJj157GtOn
D2cr85QtQffQ0qCMuDPMVlzA+7s8Wb2cWw/I1HyQwBTfyEaDWu8W0SWUpumzp1wW
N6W+Zd7eD7JkUIVi2XQuwmQDv4sVHLWJeJ0Y1I+mEYrRYhdCgAGVl3cYe4/LLlXQ
FPR43heMdb8Jkehxr/zgaxhfW3xw+QSkjtaLszKtgBPulLg20aVixn0CAwEAAaNT
MFEwHQYDVR0OBBYEFK+or5r1UcBpct2YsFkw4Q4ZkSUCMB8GA1UdIwQYMBaAFK+o
r5r1UcBpct2YsFkw4Q4ZkSUCMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQEL
BQADggEBAI6Pa7VPANflraZ2EyMmruVJcRJrrJ4/JeJZU8JsjojL6Qw+rXtDkSp2
zzbt+78M+AZe1mqTxcYj17XioRWh6ZIxr1znWGbXSfqrcF9RWXt+FVFISEIPwdcx
cfglrKEQ6kl6RxfmPmayOOghBg70kESnnjY0ECkUUeHb8tDw86GWVEbY9iexyg45
qL/r4c+YYEb08O8+RiTfzRXocwxvnwvh12apN2QvJsTaMpsUp2PYGHYtssYRJnAp
6bgGE53jSME6EIe8q2ERPd05nRPXBwd8M/thuNkgVjfYDmcA1eSuv32f8cZTqxW4
it1Og3w9UZRWDTwvi4dfAtQyDu19p4E=
-----END CERTIFICATE-----`

const NOW = new Date('2027-01-01')
const settings = { webhookId: '4JH86294D6297924G', topicArns: ['arn:aws:sns:a:1:t'] }
const SNS = {
  Type: 'Notification',
  MessageId: 'm1',
  TopicArn: 'arn:aws:sns:a:1:t',
  Message: 'Hello\nworld',
  Timestamp: '2027-01-01T00:00:00.000Z',
  SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem',
}

async function signed(preset: Preset, payload: unknown): Promise<InboundRequest> {
  const body = new TextEncoder().encode(JSON.stringify(payload))
  const request = { method: 'POST', url: '/in', headers: [], body }
  const { verifier } = preset
  return await signRequest(request, {
    scheme: schemeOf(preset),
    secret: KEY,
    at: NOW,
    settings,
    verifier,
  })
}

async function codeOf(preset: Preset, request: InboundRequest, given: object = {}) {
  const asked: string[] = []
  const verdict = await verifyScheme(request, {
    scheme: schemeOf(preset),
    secrets: [],
    now: NOW,
    settings,
    fetchKey: async (wanted) => {
      asked.push(wanted.kind)
      return CERTIFICATE
    },
    verifier: preset.verifier,
    ...given,
  })
  return { code: verdict.ok ? 'ok' : verdict.code, asked: asked.length }
}

const change = (request: InboundRequest, from: string, to: string): InboundRequest => {
  const text = new TextDecoder().decode(request.body)
  assert.ok(text.includes(from))
  return { ...request, body: new TextEncoder().encode(text.replace(from, to)) }
}

test('a certificate’s key and dates are those that Node reads', () => {
  const known = new X509Certificate(CERTIFICATE)
  const { key, from, until } = readCertificate(CERTIFICATE)
  const spki = known.publicKey.export({ type: 'spki', format: 'der' })
  assert.deepEqual(Buffer.from(key), spki)
  assert.deepEqual([from, until], [new Date(known.validFrom), new Date(known.validTo)])
})

test('what is no certificate is untrusted, wherever it is cut', () => {
  const lines = CERTIFICATE.split('\n')
  const der = Buffer.from(lines.slice(1, -1).join(''), 'base64')
  const pem = (bytes: Buffer) =>
    `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----`
  for (let length = 1; length < der.length; length += 7) {
    assert.throws(() => readCertificate(pem(der.subarray(0, length))), { code: 'key_untrusted' })
  }
  for (const text of ['', 'x', '-----BEGIN CERTIFICATE-----', CERTIFICATE.slice(0, 300)]) {
    assert.throws(() => readCertificate(text), { code: 'key_untrusted' })
  }
})

test('aws-sns: what is signed is taken, what was changed is not', async () => {
  const request = await signed(awsSns, SNS)
  assert.deepEqual(await codeOf(awsSns, request), { code: 'ok', asked: 1 })
  assert.equal((await codeOf(awsSns, change(request, 'world', 'earth'))).code, 'signature_mismatch')
  assert.equal((await codeOf(awsSns, change(request, '"m1"', '"m2"'))).code, 'signature_mismatch')
  const other = await codeOf(
    awsSns,
    change(request, '"SignatureVersion":"2"', '"SignatureVersion":"1"'),
  )
  assert.equal(other.code, 'signature_mismatch')
  const third = await codeOf(
    awsSns,
    change(request, '"SignatureVersion":"2"', '"SignatureVersion":"3"'),
  )
  assert.deepEqual(third, { code: 'signature_malformed', asked: 0 })
})

test('aws-sns: a certificate that does not count yet, or no more, is untrusted', async () => {
  const request = await signed(awsSns, SNS)
  for (const now of [new Date('2000-01-01'), new Date('2300-01-01')]) {
    assert.equal((await codeOf(awsSns, request, { now })).code, 'key_untrusted')
  }
})

test('paypal: the body counts by its checksum, the webhook by its id', async () => {
  const request = await signed(paypal, { id: 'WH-1', event_type: 'a' })
  assert.deepEqual(await codeOf(paypal, request), { code: 'ok', asked: 1 })
  assert.equal((await codeOf(paypal, change(request, 'WH-1', 'WH-2'))).code, 'signature_mismatch')
  const other = { settings: { webhookId: 'other' } }
  assert.equal((await codeOf(paypal, request, other)).code, 'signature_mismatch')
  assert.equal((await codeOf(paypal, request, { settings: {} })).code, 'secret_missing')
})

test('paypal: the certificate comes from PayPal, and the algorithm is one', async () => {
  const request = await signed(paypal, { id: 'WH-1' })
  const withHeader = (name: string, value: string): InboundRequest => ({
    ...request,
    headers: request.headers.map(([key, old]) => [key, key === name ? value : old]),
  })
  for (const url of [
    'http://api.paypal.com/c',
    'https://paypal.com.evil.example/c',
    'https://evilpaypal.com/c',
    'https://api.paypal.com@evil.example/c',
    'https://api.paypal.com\\@evil.example/c',
  ]) {
    const untrusted = await codeOf(paypal, withHeader('PAYPAL-CERT-URL', url))
    assert.deepEqual(untrusted, { code: 'key_untrusted', asked: 0 })
  }
  const sha1 = await codeOf(paypal, withHeader('PAYPAL-AUTH-ALGO', 'SHA1withRSA'))
  assert.deepEqual(sha1, { code: 'signature_malformed', asked: 0 })
})

test('CRC-32 is that of zlib', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926)
  assert.equal(crc32(new Uint8Array(0)), 0)
})
