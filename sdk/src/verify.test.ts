import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from './sign.ts'
import { verify, verifyRequest, verifySignature } from './verify.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OLD = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'
const now = new Date('2026-01-02T03:04:05.678Z')
const id = 'msg_1'
const payload = '{"name":"Zoë"}'
const headers = await sign({ id, timestamp: now, payload, secrets: [SECRET] })
const utf8 = (text: string) => new TextEncoder().encode(text)

test('text and bytes verify alike', async () => {
  assert.deepEqual(await verify(payload, headers, SECRET, { now }), { name: 'Zoë' })
  assert.deepEqual(await verify(utf8(payload), headers, SECRET, { now }), { name: 'Zoë' })
  assert.deepEqual(await verify(Buffer.from(payload), headers, SECRET, { now }), { name: 'Zoë' })
})

test('the default for now is the time of the call', async () => {
  const fresh = await sign({ id, timestamp: new Date(), payload, secrets: [SECRET] })
  assert.deepEqual(await verify(payload, fresh, SECRET), { name: 'Zoë' })
  await assert.rejects(verify(payload, headers, SECRET), { code: 'timestamp_too_old' })
})

test('verifySignature gives id and time, whatever the body is', async () => {
  for (const body of ['', 'plain text', new Uint8Array([0xff, 0x00])]) {
    const signed = await sign({ id, timestamp: now, payload: body, secrets: [SECRET] })
    assert.deepEqual(await verifySignature(body, signed, SECRET, { now }), {
      id,
      timestamp: new Date('2026-01-02T03:04:05.000Z'),
    })
    await assert.rejects(verify(body, signed, SECRET, { now }), { code: 'body_not_json' })
  }
})

test('during a rotation either secret verifies, in any order', async () => {
  for (const secrets of [[SECRET], [OLD], [OLD, SECRET]]) {
    const signed = await sign({ id, timestamp: now, payload, secrets })
    for (const known of [
      [SECRET, OLD],
      [OLD, SECRET],
    ]) {
      assert.deepEqual(await verify(payload, signed, known, { now }), { name: 'Zoë' })
    }
  }
})

test('a Fetch request verifies, and only once: its body is gone afterwards', async () => {
  const request = new Request('http://localhost/', { method: 'POST', body: payload, headers })
  assert.deepEqual(await verifyRequest(request, SECRET, { now }), { name: 'Zoë' })
  await assert.rejects(verifyRequest(request, SECRET, { now }), { code: 'body_not_raw' })
})

for (const [name, change] of [
  ['id', { 'webhook-id': 'msg_2' }],
  ['timestamp', { 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }],
  ['spelling of the timestamp', { 'webhook-timestamp': `0${headers['webhook-timestamp']}` }],
] as const) {
  test(`another ${name} does not verify`, async () => {
    const changed = verify(payload, { ...headers, ...change }, SECRET, { now })
    await assert.rejects(changed, { code: 'no_matching_signature' })
  })
}

test('another body and another secret do not verify', async () => {
  const code = 'no_matching_signature'
  await assert.rejects(verify(`${payload} `, headers, SECRET, { now }), { code })
  await assert.rejects(verify('', headers, SECRET, { now }), { code })
  await assert.rejects(verify(payload, headers, OLD, { now }), { code })
})

for (const id of ['msg.1', 'msg 1', 'msg_ä', 'm'.repeat(257)]) {
  test(`the id ${id.slice(0, 10)} is refused, right signature or not`, async () => {
    const refused = verify(payload, { ...headers, 'webhook-id': id }, SECRET, { now })
    await assert.rejects(refused, { code: 'bad_id' })
  })
}

for (const timestamp of ['tomorrow', '1.7e9', '-1', '+1', '1767323045.5', '0x1', ' 1', 'NaN']) {
  test(`the timestamp "${timestamp}" is refused`, async () => {
    const refused = verify(payload, { ...headers, 'webhook-timestamp': timestamp }, SECRET, { now })
    await assert.rejects(refused, { code: 'bad_timestamp' })
  })
}

test('a timestamp in milliseconds is too new', async () => {
  const changed = { ...headers, 'webhook-timestamp': '176732304500' }
  await assert.rejects(verify(payload, changed, SECRET, { now }), { code: 'timestamp_too_new' })
})

for (const [name, secret] of [
  ['an empty list', []],
  ['an empty secret', ''],
  ['a prefix and no key', 'whsec_'],
  ['an empty secret beside a right one', [SECRET, '']],
  ['a broken secret after a right one', [SECRET, 'hwsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']],
] as const) {
  test(`${name} is bad_secret, even for a right signature`, async () => {
    const secrets = typeof secret === 'string' ? secret : [...secret]
    await assert.rejects(verify(payload, headers, secrets, { now }), { code: 'bad_secret' })
  })
}

test('a secret from an unset variable is bad_secret', async () => {
  // What JavaScript callers really pass.
  const unset = undefined as unknown as string
  await assert.rejects(verify(payload, headers, unset, { now }), { code: 'bad_secret' })
  await assert.rejects(verify(payload, headers, [unset], { now }), { code: 'bad_secret' })
})

test('a body that was parsed already is named as such', async () => {
  const parsed = JSON.parse(payload) as string
  await assert.rejects(verify(parsed, headers, SECRET, { now }), { code: 'body_not_raw' })
})

test('options that would let any time pass are refused', async () => {
  for (const toleranceSeconds of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    const options = { now, toleranceSeconds }
    await assert.rejects(verify(payload, headers, SECRET, options), RangeError)
  }
  const never = { now: new Date(Number.NaN) }
  await assert.rejects(verify(payload, headers, SECRET, never), RangeError)
})

test('toleranceSeconds: 0 allows the same second only', async () => {
  const later = { now: new Date(now.getTime() + 1000), toleranceSeconds: 0 }
  await verify(payload, headers, SECRET, { now, toleranceSeconds: 0 })
  await assert.rejects(verify(payload, headers, SECRET, later), { code: 'timestamp_too_old' })
})
