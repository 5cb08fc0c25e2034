// Signatures in headers of the receiver's own: each form as its receiver verifies it, with node:crypto
// here, and with the engine of our SDK where that knows the provider who signs so.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { presetOf } from '@bellwire/sdk/providers/all'
import { verify } from '@bellwire/sdk/verify'
import { Webhook } from 'standardwebhooks'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import type { Received } from '../receiver.ts'

const SECRET = 'a legacy secret, as they were'
const STANDARD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })

async function sent(auth: object, payload: object = { n: 1, text: 'å' }) {
  const one = await oneEndpoint(bellwire, { secret: STANDARD })
  const put = await bellwire.call('PUT', `/app/${one.app}/endpoint/${one.endpoint.id}/auth`, auth)
  assert.equal(put.status, 204, put.text)
  const { id } = await one.send(payload)
  assert.deepEqual(await one.ended(), ['succeeded'])
  return { ...one, id, received: one.receiver.received[0]! }
}

const header = ({ headers }: Received, name: string) => String(headers[name.toLowerCase()])
const hmac = (algorithm: string, key: string | Buffer, ...parts: (string | Buffer)[]) => {
  const made = createHmac(algorithm, key)
  for (const part of parts) made.update(part)
  return made
}
const near = (seconds: number) => assert.ok(Math.abs(seconds - Date.now() / 1000) < 60)

for (const algorithm of ['sha1', 'sha256', 'sha512'])
  for (const encoding of ['hex', 'base64', 'base64url'] as const)
    test(`${algorithm} in ${encoding}, with a prefix, over the body`, async () => {
      const signature = {
        ...{ header: 'X-Legacy-Signature', value: `${algorithm}={signature}`, algorithm, encoding },
        secret: SECRET,
      }
      const { received } = await sent({ signature })
      const expected = hmac(algorithm, SECRET, received.body).digest(encoding)
      assert.equal(header(received, 'X-Legacy-Signature'), `${algorithm}=${expected}`)
      new Webhook(STANDARD).verify(received.body, received.headers as Record<string, string>)
    })

for (const [secretEncoding, secret, key] of [
  ['hex', 'A0ff10203040506070809000', Buffer.from('a0ff10203040506070809000', 'hex')],
  ['base64', '+/8QIDBAUGBwgJA=', Buffer.from('+/8QIDBAUGBwgJA=', 'base64')],
  ['text', 'schlüssel', Buffer.from('schlüssel')],
] as const)
  test(`a secret in ${secretEncoding} is the bytes that it says`, async () => {
    const { received } = await sent({ signature: { header: 'X-S', secret, secretEncoding } })
    assert.equal(header(received, 'X-S'), hmac('sha256', key, received.body).digest('hex'))
  })

test('timestamps in seconds, milliseconds and ISO are signed as they are told', async () => {
  for (const [timestampUnit, seconds] of [
    ['seconds', (text: string) => Number(text)],
    ['milliseconds', (text: string) => Number(text) / 1000],
    ['iso', (text: string) => Date.parse(text) / 1000],
  ] as const) {
    const names = { timestampHeader: 'X-Time', idHeader: 'X-Event-Id', timestampUnit }
    const signed = '{id}.{timestamp}.{body}'
    const signature = { header: 'X-S', signed, secret: SECRET, ...names }
    const { received, id } = await sent({ signature })
    const time = header(received, 'X-Time')
    near(seconds(time))
    assert.equal(header(received, 'X-Event-Id'), id)
    const expected = hmac('sha256', SECRET, `${id}.${time}.`, received.body).digest('hex')
    assert.equal(header(received, 'X-S'), expected)
  }
})

test('method and URL are those of the request, as it was shaped', async () => {
  const one = await oneEndpoint(bellwire)
  const at = `/app/${one.app}/endpoint/${one.endpoint.id}`
  const code =
    'function handler(w) { w.method = "PUT"; w.url += "/x?q=1"; w.payload = { made: 1 }; return w }'
  await bellwire.call('PATCH', `${at}/transformation`, { code, enabled: true })
  const signed = '{method}\n{url}\n{body}'
  await bellwire.call('PUT', `${at}/auth`, {
    signature: { header: 'X-S', signed, secret: SECRET },
  })
  await one.send()
  assert.deepEqual(await one.ended(), ['succeeded'])
  const received = one.receiver.received[0]!
  assert.equal(received.body.toString(), '{"made":1}')
  const expected = hmac('sha256', SECRET, `PUT\n${one.receiver.url}/x?q=1\n{"made":1}`)
  assert.equal(header(received, 'X-S'), expected.digest('hex'))
})

test('a request without a body is signed as an empty one', async () => {
  const one = await oneEndpoint(bellwire)
  const at = `/app/${one.app}/endpoint/${one.endpoint.id}`
  const code = 'function handler(w) { w.method = "GET"; return w }'
  await bellwire.call('PATCH', `${at}/transformation`, { code, enabled: true })
  await bellwire.call('PUT', `${at}/auth`, { signature: { header: 'X-S', secret: SECRET } })
  await one.send()
  assert.deepEqual(await one.ended(), ['succeeded'])
  assert.equal(header(one.receiver.received[0]!, 'X-S'), hmac('sha256', SECRET, '').digest('hex'))
})

// What the docs say for those who move over, verified by the engine that verifies these providers.
const documented = readFileSync(new URL('../../../docs/endpoint-auth.md', import.meta.url), 'utf8')
const forms = [...documented.matchAll(/^\| (\w+)(?: (v\d))? \| `(\{"header".*\})` \|$/gm)]

test('the docs have ten forms', () => assert.equal(forms.length, 10))

for (const [, name, variant, form] of forms)
  test(`a receiver that knows ${name} takes what is signed like ${name}`, async () => {
    const signature = { ...JSON.parse(form!), secret: SECRET }
    const { received, receiver } = await sent({ signature, standardSignature: false })
    const { method, headers, body } = received
    const asked = (changed: Buffer) => {
      const given = { method, headers: headers as Record<string, string>, body: changed }
      return verify(new Request(receiver.url, given), {
        ...{ provider: presetOf(name!.toLowerCase())!, secrets: [SECRET], url: receiver.url },
        ...(variant && { variant }),
      })
    }
    assert.deepEqual((await asked(body)).json(), { n: 1, text: 'å' })
    await assert.rejects(asked(Buffer.from('{"n":2,"text":"å"}')), { name: 'WebhookError' })
  })

test('in place of Standard Webhooks only the id of those stays, so that repeats can be told', async () => {
  const auth = { signature: { header: 'X-S', secret: SECRET }, standardSignature: false }
  const { received, id } = await sent(auth)
  const ours = Object.keys(received.headers).filter((name) => /^(webhook|svix)-/.test(name))
  assert.deepEqual(ours, ['webhook-id'])
  assert.equal(header(received, 'webhook-id'), id)
})

test('each attempt is signed for its own moment', async () => {
  const one = await oneEndpoint(bellwire, { react: () => ({ status: 500 }) })
  const signed = '{timestamp}.{body}'
  const times = { timestampHeader: 'X-Time', timestampUnit: 'milliseconds' }
  await bellwire.call('PUT', `/app/${one.app}/endpoint/${one.endpoint.id}/auth`, {
    signature: { header: 'X-S', signed, secret: SECRET, ...times },
  })
  const { id } = await one.send()
  await one.attempted(id, 1)
  one.receiver.react(() => ({}))
  await bellwire.call('POST', `/app/${one.app}/msg/${id}/endpoint/${one.endpoint.id}/resend`)
  await one.attempted(id, 2)
  const [first, second] = one.receiver.received as [Received, Received]
  assert.notEqual(header(first, 'X-Time'), header(second, 'X-Time'))
  for (const received of [first, second]) {
    const signed = `${header(received, 'X-Time')}.${received.body}`
    assert.equal(header(received, 'X-S'), hmac('sha256', SECRET, signed).digest('hex'))
  }
})
