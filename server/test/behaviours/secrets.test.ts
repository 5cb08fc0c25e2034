// Secrets of endpoints and their headers.
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify as verifyEd25519 } from 'node:crypto'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { type EndpointId, toUuid } from '../../src/domain/ids.ts'
import { until } from '../until.ts'
import { startBehaving } from './behaving.ts'

const { get, post, put, patch, ask, newApp, receiving, store } = await startBehaving()
const url = 'https://example.com/'

const whsec = (bytes: number) => `whsec_${Buffer.alloc(bytes, 'k').toString('base64')}`

async function create(secret?: string) {
  const given = secret ? { secret } : {}
  const { app, endpoint, endpointId, receiver, send } = await receiving(undefined, given)
  return {
    app,
    endpoint,
    endpointId,
    receiver,
    send,
    key: async () => (await get(`${endpoint}/secret`)).body.key,
    rotate: (body: object) => post(`${endpoint}/secret/rotate`, body),
  }
}

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  return {
    publicKey,
    whsk: `whsk_${Buffer.concat([seed, point]).toString('base64')}`,
    whpk: `whpk_${point.toString('base64')}`,
  }
}

test('30 a generated secret is whsec_ and 24 bytes, and stays the same', async () => {
  const { key } = await create()
  const shown = await key()
  assert.match(shown, /^whsec_/)
  assert.equal(Buffer.from(shown.slice(6), 'base64').length, 24)
  assert.equal(await key(), shown)
})

test('31 rotation with null makes another secret, with a key takes that', async () => {
  const { key, rotate } = await create()
  const before = await key()
  const answer = await rotate({ key: null })
  assert.deepEqual([answer.status, answer.text], [204, ''])
  assert.notEqual(await key(), before)
  assert.equal((await rotate({ key: whsec(30) })).status, 204)
  assert.equal(await key(), whsec(30))
})

test('32 a given secret is returned unchanged, of whsk_ the public key', async () => {
  for (const bytes of [24, 64]) assert.equal(await (await create(whsec(bytes))).key(), whsec(bytes))
  const { key, rotate } = await create()
  const { whsk, whpk } = keyPair()
  assert.equal((await rotate({ key: whsk })).status, 204)
  assert.equal(await key(), whpk)
})

test('33 a secret of 21 bytes, of 81 bytes, or with another prefix is 422', async () => {
  const app = await newApp()
  const { rotate } = await create()
  const odd = whsec(24).replace('whsec_', 'hwsec_')
  for (const secret of [whsec(21), whsec(81), odd]) {
    assert.equal((await post(`${app}/endpoint`, { url, secret })).status, 422, secret)
    assert.equal((await rotate({ key: secret })).status, 422, secret)
  }
})

test('34 after two rotations a delivery verifies with all three secrets, an Ed25519 one among them', async () => {
  for (const middle of [null, keyPair()]) {
    const { receiver, send, key, rotate } = await create()
    const keys = [await key()]
    await rotate({ key: middle?.whsk ?? null })
    keys.unshift(await key())
    await rotate({ key: null })
    keys.unshift(await key())
    await send({ payload: { n: 1 } })
    await until('it arrives', () => receiver.received.length === 1)
    const { headers, body } = receiver.received[0]!
    const signatures = String(headers['webhook-signature']).split(' ')
    assert.deepEqual(
      signatures.map((signature) => signature.split(',')[0]),
      ['v1', middle === null ? 'v1' : 'v1a', 'v1'],
    )
    const plain = headers as Record<string, string>
    for (const whsec of keys.filter((shown) => shown.startsWith('whsec_'))) {
      assert.deepEqual(new Webhook(whsec).verify(body, plain), { n: 1 })
    }
    if (middle === null) continue
    const signed = Buffer.from(
      `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body.toString()}`,
    )
    const reader = createPublicKey(middle.publicKey.export({ format: 'pem', type: 'spki' }))
    const signature = Buffer.from(signatures[1]!.split(',')[1]!, 'base64')
    assert.ok(verifyEd25519(null, signed, reader, signature))
  }
})

test('35 ten rotations in a row are 204, the eleventh 400; when an old key has expired it works again', async () => {
  const { endpointId, rotate } = await create()
  assert.equal((await rotate({ gracePeriodSeconds: 60 })).status, 204)
  for (let n = 1; n < 10; n++) assert.equal((await rotate({})).status, 204)
  const refused = await rotate({})
  assert.deepEqual([refused.status, refused.body.code], [400, 'limit_reached'])
  // The minute of the first passes at once.
  const { rowCount } = await store.pool.query(
    `update endpoint_secret set expires_at = expires_at - interval '1 minute'
      where endpoint_id = $1 and expires_at < now() + interval '1 minute'`,
    [toUuid(endpointId as EndpointId)],
  )
  assert.equal(rowCount, 1)
  assert.equal((await rotate({})).status, 204)
})

test('36 with Ed25519 as the default kind, new and rotated secrets are whpk_', async () => {
  const settings = '/management/environment-settings'
  const { key: old, rotate } = await create()
  assert.match(await old(), /^whsec_/)
  assert.equal((await patch(settings, { defaultSecretKind: 'ed25519' })).status, 200)
  const { key, receiver, send } = await create()
  const made = await key()
  assert.match(made, /^whpk_/)
  assert.equal(Buffer.from(made.slice('whpk_'.length), 'base64').length, 32)
  assert.equal((await rotate({})).status, 204)
  assert.match(await old(), /^whpk_/)
  // What is shown verifies what is sent.
  await send()
  const { headers, body } = await until('the message', () => receiver.received[0])
  const signature = String(headers['webhook-signature'])
  assert.match(signature, /^v1a,/)
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const x = Buffer.from(made.slice('whpk_'.length), 'base64').toString('base64url')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64')
  assert.ok(verifyEd25519(null, Buffer.from(signed), publicKey, bytes))
  assert.equal((await put(settings, {})).status, 200)
})

test('37 PUT replaces all headers in the case given, PATCH merges and null removes', async () => {
  const { endpoint } = await create()
  const path = `${endpoint}/headers`
  const shown = async () => (await get(path)).body.headers
  assert.equal((await patch(path, { headers: { 'X-First': '1' } })).status, 204)
  assert.deepEqual(await shown(), { 'X-First': '1' })
  const replaced = await put(path, { headers: { 'X-Mixed-Case': 'a', 'x-lower': 'b' } })
  assert.deepEqual([replaced.status, replaced.text], [204, ''])
  assert.deepEqual(await shown(), { 'X-Mixed-Case': 'a', 'x-lower': 'b' })
  await patch(path, { headers: { 'x-lower': null, 'X-New': 'c' } })
  assert.deepEqual(await shown(), { 'X-Mixed-Case': 'a', 'X-New': 'c' })
})

test('38 names that are not tokens, or that belong to us or to the transport, are 422', async () => {
  const { endpoint } = await create()
  const refused = ['content-length', 'some:thing', 'a\0b', 'svix-foo', 'x-svix-foo', 'x-amzn-foo']
  for (const name of refused) {
    for (const method of ['PUT', 'PATCH']) {
      const { status } = await ask(method, `${endpoint}/headers`, { headers: { [name]: 'x' } })
      assert.equal(status, 422, `${method} ${JSON.stringify(name)}`)
    }
  }
  assert.deepEqual((await get(`${endpoint}/headers`)).body.headers, {})
})

test('39 the value of authorization is never shown, and deliveries carry all headers', async () => {
  const { endpoint, receiver, send } = await create()
  await put(`${endpoint}/headers`, { headers: { authorization: 'Bearer secret', 'X-Shown': 'a' } })
  const { body } = await get(`${endpoint}/headers`)
  assert.deepEqual([body.headers, body.sensitive], [{ 'X-Shown': 'a' }, ['authorization']])
  await send()
  await until('it arrives', () => receiver.received.length === 1)
  const { headers } = receiver.received[0]!
  assert.deepEqual([headers['authorization'], headers['x-shown']], ['Bearer secret', 'a'])
})
