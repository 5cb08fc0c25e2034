// One call makes a bin for an endpoint's test: what arrives there is what a receiver would get, with its
// verdict by the secret of the endpoint.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binOf, type Captured } from '../bin.ts'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

// Nothing is allowed but the bins of the server itself.
const bellwire = await startBellwire({ BELLWIRE_EGRESS_ALLOW: '' })
const open = await startBellwire({}, [], bellwire.home)

type Made = {
  bin: Record<string, unknown>
  endpoint: Record<string, unknown>
  messageId: string | null
  failure: { code: string; message: string } | null
  capture: Captured | null
}

const made = async (method: string, path: string, body?: object, by = bellwire) => {
  const answer = await by.call(method, path, body)
  assert.equal(answer.status, 201, answer.text)
  return answer.body as unknown as Made
}

const newApp = async () => {
  const { body } = await bellwire.call('POST', '/app', { name: 'tested' })
  return `/app/${String(body['id'])}`
}

const bodyOf = ({ body }: Captured) => Buffer.from(body.base64, 'base64').toString()
const headerOf = ({ headers }: Captured, name: string) =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1]

test('an endpoint on a bin of this server gets its messages, and each is verified', async () => {
  const app = await newApp()
  const { bin, endpoint } = await made('POST', `${app}/bin-endpoint`, {
    bin: { name: 'a test', rules: [{ times: 1, status: 500 }] },
    endpoint: { description: 'on a bin', filterTypes: null },
  })
  assert.equal(endpoint['url'], bin['url'])
  assert.equal(bin['endpointId'], endpoint['id'])
  await bellwire.call('POST', `${app}/msg`, { eventType: 'invoice.paid', payload: { n: 1 } })
  const there = binOf(bellwire, bin)
  const captures = await until('the retry', async () => {
    const captures = await there.captures('?order=ascending')
    return captures.length === 2 && captures
  })
  assert.deepEqual(
    captures.map(({ answer, verdict }) => [answer.status, verdict]),
    [
      [500, 'valid'],
      [200, 'valid'],
    ],
  )
  assert.equal(bodyOf(captures[0]!), '{"n":1}')
  assert.equal(captures[0]!.provider?.name, 'standard-webhooks')
  // With another secret it is not.
  await bellwire.call('POST', `${app}/endpoint/${endpoint['id']}/secret/rotate`, {})
  await there.send({ method: 'POST', body: '{}', headers: { 'webhook-id': 'x' } })
  const [forged] = await there.captures()
  assert.equal(forged!.verdict, 'unsigned')
})

test('where URLs have to be verified, an endpoint on a bin of the server needs none', async () => {
  const settings = '/management/environment-settings'
  await bellwire.call('PATCH', settings, { verifyEndpointUrls: 'all' })
  const { endpoint } = await made('POST', `${await newApp()}/bin-endpoint`, {})
  await bellwire.call('PATCH', settings, { verifyEndpointUrls: 'off' })
  assert.deepEqual([endpoint['disabled'], endpoint['disabledReason']], [false, undefined])
})

test('a test shows what an existing endpoint would get, its own URL left alone', async () => {
  const app = await newApp()
  const receiver = await startReceiver()
  await bellwire.call('POST', '/event-type', { name: 'other', description: '' })
  const { body: endpoint } = await open.call('POST', `${app}/endpoint`, {
    url: `${receiver.url}/hooks`,
    headers: { 'X-Plain': 'yes', 'X-Api-Key': 'very secret' },
    filterTypes: ['other'],
    disabled: true,
  })
  const schemas = { 1: { examples: [{ amount: 77 }] } }
  await bellwire.call('POST', '/event-type', { name: 'tested.paid', description: '', schemas })
  const path = `${app}/endpoint/${String(endpoint['id'])}/test-bin`
  const { bin, capture, failure, messageId } = await made('POST', path, {
    eventType: 'tested.paid',
  })
  assert.equal(failure, null)
  assert.equal(bodyOf(capture!), '{"amount":77}')
  assert.equal(capture!.verdict, 'valid')
  assert.equal(headerOf(capture!, 'webhook-id'), messageId)
  assert.equal(headerOf(capture!, 'x-plain'), 'yes')
  assert.equal(headerOf(capture!, 'x-api-key'), '***')
  assert.equal(bin['lastSeq'], 1)
  assert.equal(receiver.received.length, 0)
  const verified = await bellwire.call('POST', `/bin/${bin['id']}/capture/${capture!.id}/verify`)
  assert.deepEqual(
    [verified.body['verdict'], verified.body['provider']],
    ['valid', 'standard-webhooks'],
  )
  const shared = await bellwire.call('POST', `/bin/${bin['id']}/share`)
  const seen = await fetch(`${String(shared.body['url'])}/capture/${capture!.id}`)
  const { verdict, headers } = (await seen.json()) as Captured & { verdict: { verdict: string } }
  assert.equal(verdict.verdict, 'valid')
  assert.equal(headers.find(([name]) => name === 'webhook-signature')![1], '***')
  // Nothing of it is a message or a delivery.
  const { body: messages } = await bellwire.call('GET', `${app}/msg`)
  assert.deepEqual(messages['data'], [])
})

test('a test uses public keys, transformations and templates as deliveries do', async () => {
  const app = await newApp()
  const endpointWith = async (fields: object) => {
    const { body } = await open.call('POST', `${app}/endpoint`, {
      url: 'https://example.com/hooks',
      ...fields,
    })
    return `${app}/endpoint/${String(body['id'])}`
  }
  const environment = { defaultSecretKind: 'ed25519' }
  await bellwire.call('PATCH', '/management/environment-settings', environment)
  const signed = await endpointWith({})
  await bellwire.call('PATCH', '/management/environment-settings', { defaultSecretKind: 'hmac' })
  const byKey = await made('POST', `${signed}/test-bin`)
  assert.match(headerOf(byKey.capture!, 'webhook-signature')!, /^v1a,/)
  assert.equal(byKey.capture!.verdict, 'valid')

  const shaped = await endpointWith({})
  const code =
    'function handler(w) { w.method = "PUT"; w.url += "?made=1"; w.payload = { was: w.payload }; return w }'
  await bellwire.call('PATCH', `${shaped}/transformation`, { code, enabled: true })
  const { capture } = await made('POST', `${shaped}/test-bin`)
  assert.equal(capture!.method, 'PUT')
  assert.match(capture!.target, /\?made=1$/)
  assert.equal(bodyOf(capture!), '{"was":{"success":true}}')
  assert.equal(capture!.verdict, 'valid')

  const failing = 'function handler() { throw new Error("not today") }'
  await bellwire.call('PATCH', `${shaped}/transformation`, { code: failing })
  const failed = await made('POST', `${shaped}/test-bin`)
  assert.equal(failed.capture, null)
  assert.equal(failed.messageId, null)
  assert.match(failed.failure!.message, /not today/)
})

test('rules answer a test, and what they break is told', async () => {
  const app = await newApp()
  const { body } = await open.call('POST', `${app}/endpoint`, { url: 'https://example.com/' })
  const path = `${app}/endpoint/${String(body['id'])}/test-bin`
  const refused = await made('POST', path, { rules: [{ status: 503 }] })
  assert.match(JSON.stringify(refused.failure), /503/)
  assert.equal(refused.capture!.answer.status, 503)
  const reset = await made('POST', path, { rules: [{ fault: 'reset' }] })
  assert.ok(reset.failure)
  assert.equal(reset.capture!.answer.fault, 'reset')
})

test('only bins of the server are open to endpoints, and nothing else of it', async () => {
  const app = await newApp()
  const { bin } = await made('POST', `${app}/bin-endpoint`)
  const { origin, pathname } = new URL(String(bin['url']))
  for (const [url, status] of [
    [`${origin}${pathname}/more?x=1`, 201],
    [`${origin}/api/v1/app`, 422],
    [`${origin}/b/short`, 422],
    [`${origin}${pathname}/..%2fapi`, 422],
    [`http://127.0.0.1:9${pathname}`, 422],
  ] as const) {
    const answer = await bellwire.call('POST', `${app}/endpoint`, { url })
    assert.equal(answer.status, status, `${url}: ${answer.text}`)
  }
})
