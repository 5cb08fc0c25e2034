// What receivers verify with, each by its own library.
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify as verifyEd25519 } from 'node:crypto'
import { test } from 'node:test'
import { verify } from '@bellwire/sdk'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import type { Received } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire()
const { svix } = bellwire

async function setUp(secret?: string) {
  const given = secret === undefined ? {} : { secret }
  const { app, endpoint, receiver, send } = await oneEndpoint(bellwire, given)
  return {
    app,
    endpoint,
    key: async () => (await svix.endpoint.getSecret(app, endpoint.id)).key,
    /** Sends one message and sees it arrive. */
    async send() {
      const count = receiver.received.length + 1
      const message = await send({ n: count })
      await until('the message arrives', () => receiver.received.length === count)
      return { message, request: receiver.received.at(-1)! }
    },
  }
}

test('75 both header families say the same: id, time of the attempt, signature', async () => {
  const { send } = await setUp()
  const { message, request } = await send()
  const { headers } = request
  for (const name of ['id', 'timestamp', 'signature'])
    assert.equal(headers[`webhook-${name}`], headers[`svix-${name}`])
  assert.equal(headers['webhook-id'], message.id)
  const age = Date.now() / 1000 - Number(headers['webhook-timestamp'])
  assert.ok(age >= 0 && age < 10, `${age} s old`)
  assert.deepEqual([request.method, headers['content-type']], ['POST', 'application/json'])
})

test('75 standardwebhooks, svix and our SDK verify what arrives, and refuse another body', async () => {
  const { send, key } = await setUp()
  const { request } = await send()
  const secret = await key()
  const headers = textHeaders(request)
  const svixOnly = Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('svix-')),
  )
  assert.deepEqual(new Webhook(secret).verify(request.body, headers), { n: 1 })
  new SvixWebhook(secret).verify(request.body, svixOnly)
  assert.deepEqual(await verify(request.body, request.headers, secret), { n: 1 })

  const other = Buffer.from('{"n":2}')
  assert.throws(() => new Webhook(secret).verify(other, headers), /No matching signature/)
  assert.throws(() => new SvixWebhook(secret).verify(other, svixOnly), /No matching signature/)
})

test('after a rotation the old secret verifies until its grace ends, the new one at once', async () => {
  const { app, endpoint, send, key } = await setUp()
  const old = await key()
  await svix.endpoint.rotateSecret(app, endpoint.id, { gracePeriodSeconds: 60 })
  const current = await key()
  const { request } = await send()
  assert.equal(signatures(request).length, 2)
  for (const secret of [old, current]) {
    new Webhook(secret).verify(request.body, textHeaders(request))
    new SvixWebhook(secret).verify(request.body, textHeaders(request))
  }

  await svix.endpoint.rotateSecret(app, endpoint.id, { gracePeriodSeconds: 0 })
  const { request: later } = await send()
  new Webhook(await key()).verify(later.body, textHeaders(later))
  new Webhook(old).verify(later.body, textHeaders(later))
  assert.throws(() => new Webhook(current).verify(later.body, textHeaders(later)))
})

test('an Ed25519 secret signs with v1a, and only its public half is ever shown', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const point = spki.subarray(-32)
  const { send, key } = await setUp(`whsk_${Buffer.concat([seed, point]).toString('base64')}`)
  assert.equal(await key(), `whpk_${point.toString('base64')}`)

  const { request } = await send()
  const [signature, ...more] = signatures(request)
  assert.deepEqual(more, [])
  const [version, encoded] = signature!.split(',')
  assert.equal(version, 'v1a')
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = textHeaders(request)
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), request.body])
  const reader = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  assert.ok(verifyEd25519(null, content, reader, Buffer.from(encoded!, 'base64')))
  assert.deepEqual(await verify(request.body, request.headers, await key()), { n: 1 })
})

const signatures = ({ headers }: Received) => String(headers['webhook-signature']).split(' ')

function textHeaders({ headers }: Received): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
