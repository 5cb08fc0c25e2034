import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { github } from '../providers/github.ts'
import { square } from '../providers/square.ts'
import { standardWebhooks } from '../providers/standard-webhooks.ts'
import { stripe } from '../providers/stripe.ts'
import { sign } from '../sign.ts'
import { hmac } from './hmac.ts'
import { type RawInput, verify, WebhookError } from './verify.ts'

const SECRET = 'a-secret-of-some-length'
const BODY = '{"id":"evt_1","type":"invoice.paid","created":1700000000,"n":1.0}'
const now = new Date(1_700_000_000_000)
const mac = (text: string | Uint8Array) => createHmac('sha256', SECRET).update(text).digest('hex')
const headers = { 'Stripe-Signature': `t=1700000000,v1=${mac(`1700000000.${BODY}`)}` }
const options = { provider: stripe, secrets: ['newer', SECRET], now }
const raw = (given: Partial<RawInput> = {}): RawInput => ({
  method: 'POST',
  url: '/hooks',
  headers,
  body: BODY,
  ...given,
})
const request = (init: RequestInit = {}) =>
  new Request('https://example.com/hooks', { method: 'POST', headers, body: BODY, ...init })

test('an event holds its id, type and time, the exact bytes, and what proved it', async () => {
  const event = await verify(request(), options)
  assert.equal(event.id, 'evt_1')
  assert.equal(event.type, 'invoice.paid')
  assert.deepEqual(event.at, now)
  assert.equal(new TextDecoder().decode(event.raw), BODY)
  assert.equal(event.headers.get('stripe-signature'), headers['Stripe-Signature'])
  assert.deepEqual(event.json(), JSON.parse(BODY))
  assert.deepEqual(event.verification, {
    scheme: 'hmac',
    secretIndex: 1,
    skewSeconds: 0,
    bodyAuthenticated: true,
  })
  assert.deepEqual(event.findings, [])
})

test('bytes, text, a stream; headers as object, pairs or Headers: all are the same', async () => {
  const bytes = new TextEncoder().encode(BODY)
  async function* stream() {
    yield bytes.subarray(0, 7)
    yield bytes.subarray(7)
  }
  for (const input of [
    raw(),
    raw({ body: bytes }),
    raw({ body: stream() }),
    raw({ headers: Object.entries(headers) }),
    raw({ headers: new Headers(headers) }),
    raw({ headers: { 'stripe-signature': [headers['Stripe-Signature']] } }),
    request(),
  ]) {
    assert.equal((await verify(input, options)).id, 'evt_1')
  }
})

test('secrets that are not set throw, on every request', async () => {
  for (const secrets of [[], [undefined], [''], [SECRET, undefined], ['whsec_']]) {
    await assert.rejects(verify(request(), { ...options, secrets }), { code: 'secret_missing' })
  }
})

test('a body that is not raw is refused and the cure is named', async () => {
  const parsed = JSON.parse(BODY) as string
  const read = request()
  await read.text()
  for (const input of [
    raw({ body: parsed }),
    raw({ body: undefined as unknown as string }),
    read,
  ]) {
    await assert.rejects(verify(input, options), (error: WebhookError) => {
      assert.equal(error.code, 'body_not_raw')
      assert.equal(error.status, 500)
      assert.match(error.message, /express\.raw\(\)/)
      return true
    })
  }
})

test('text in which bytes were lost says so', async () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22])
  const own = { 'X-Hub-Signature-256': `sha256=${mac(bytes)}` }
  const given = { provider: github, secrets: [SECRET], now }
  const right = await verify(raw({ headers: own, body: new Uint8Array(bytes) }), given)
  assert.deepEqual(right.raw, new Uint8Array(bytes))
  const lost = verify(raw({ headers: own, body: bytes.toString('utf8') }), given)
  await assert.rejects(lost, (error: WebhookError) => {
    assert.equal(error.code, 'signature_mismatch')
    assert.equal(error.findings[0]!.code, 'body_lost_bytes')
    return true
  })
})

test('a body that is too large is not read to its end', async () => {
  let given = 0
  const body = new ReadableStream({
    pull(controller) {
      given += 1000
      controller.enqueue(new Uint8Array(1000))
    },
  })
  const init = { body, duplex: 'half' } as RequestInit
  await assert.rejects(verify(request(init), { ...options, maxBytes: 5000 }), {
    code: 'body_too_large',
    status: 413,
  })
  assert.ok(given < 10_000)
})

test('25. JSON that cannot be read after a good signature is 400, and the bytes are there', async () => {
  const body = '{"id":'
  const own = { 'X-Hub-Signature-256': `sha256=${mac(body)}`, 'X-GitHub-Event': 'push' }
  const event = await verify(raw({ headers: own, body }), { ...options, provider: github })
  assert.equal(event.type, 'push')
  assert.throws(() => event.json(), { code: 'payload_unreadable', status: 400 })
})

test('toResponse tells a sender nothing, and throws on what is not ours', async () => {
  const forged = raw({ headers: { 'Stripe-Signature': 't=1,v1=00' } })
  const error: unknown = await verify(forged, options).catch((thrown: unknown) => thrown)
  const response = WebhookError.toResponse(error)
  assert.equal(response.status, 401)
  assert.equal(await response.text(), '{"code":"unauthorized"}')
  assert.throws(() => WebhookError.toResponse(new Error('mine')), { message: 'mine' })
})

test('the public URL is signed, with the query that came', async () => {
  const url = 'https://public.example/hooks'
  const signature = createHmac('sha256', SECRET).update(`${url}?a=1${BODY}`).digest('base64')
  const own = { 'x-square-hmacsha256-signature': signature }
  const input = raw({ url: '/internal?a=1', headers: own })
  const given = { provider: square, secrets: [SECRET], now }
  assert.equal((await verify(input, { ...given, url })).verification.bodyAuthenticated, true)
  await assert.rejects(verify(input, given), { code: 'url_unknown', status: 401 })
})

test('hmac(): a scheme of one’s own, with its id and type', async () => {
  const provider = hmac({
    header: 'x-acme-signature',
    encoding: 'hex',
    signed: '{t}.{body}',
    timestamp: { header: 'x-acme-time', unit: 's', tolerance: 300 },
  })
  const body = '{"kind":"order_created","order":{"id":7}}'
  const own = { 'x-acme-time': '1700000000', 'x-acme-signature': mac(`1700000000.${body}`) }
  const rules = { id: '/order/id', type: '/kind' }
  const event = await verify(raw({ headers: own, body }), { ...options, ...rules, provider })
  assert.equal(event.id, '7')
  assert.equal(event.type, 'order_created')
  const unsignedTime = {
    header: 'x',
    encoding: 'hex',
    timestamp: { header: 't', unit: 's', tolerance: 1 },
  } as const
  assert.throws(() => hmac(unsignedTime), TypeError)
  assert.throws(() => hmac({ header: 'x', encoding: 'hex', signed: '{t}{body}' }), TypeError)
  assert.throws(() => hmac({ header: 'x', encoding: 'hex', signed: '{secret}' }), TypeError)
})

test('what Bellwire signs verifies, with either key, under either name', async () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const pair =
    '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
  const secrets = [`whsec_${key}`, `whsk_${pair}`]
  const signed = await sign({ id: 'msg_1', timestamp: now, payload: BODY, secrets })
  const svix = Object.fromEntries(
    Object.entries(signed).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]),
  )
  const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
  for (const own of [{ ...signed }, svix]) {
    const given = { provider: standardWebhooks, now }
    const v1 = await verify(raw({ headers: own }), { ...given, secrets: [`whsec_${key}`] })
    assert.equal(v1.id, 'msg_1')
    const v1a = { ...given, variant: 'v1a', secrets: [publicKey] }
    assert.equal((await verify(raw({ headers: own }), v1a)).verification.scheme, 'publicKey')
  }
})

test('14. the id is of the family that is signed, whatever stands beside it', async () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const secrets = [`whsec_${key}`]
  const signed = await sign({ id: 'msg_1', timestamp: now, payload: BODY, secrets })
  const svix = Object.entries(signed).map(([name, value]): [string, string] => [
    name.replace('webhook-', 'svix-'),
    value,
  ])
  const options = { provider: standardWebhooks, secrets, now }
  for (const beside of [
    ['webhook-id', 'other'],
    ['Webhook-Id', 'other'],
    ['webhook-timestamp', '1'],
  ] as [string, string][]) {
    for (const headers of [
      [beside, ...svix],
      [...svix, beside],
    ]) {
      const event = await verify(raw({ headers }), options)
      assert.deepEqual([event.id, event.at], ['msg_1', now])
    }
  }
})
