import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { standardWebhooks } from './providers/standard-webhooks.ts'
import { verify as verifyInput } from './receiver/verify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const OLD = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'
const id = 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk'

// The official libraries take no clock: these tests run at the real time.
const timestamp = new Date()
const payloads = ['{}', '{"a":1.10,"b":"ä😀\\u0000"}', ' {\n"spaced" : [1, 2]}\n', '"just text"']

for (const payload of payloads) {
  const expected: unknown = JSON.parse(payload)

  test(`what we sign, standardwebhooks and svix verify: ${payload.trim()}`, async () => {
    for (const secrets of [[SECRET], [OLD, SECRET], [SECRET, OLD]]) {
      const headers = await sign({ id, timestamp, payload, secrets })
      assert.deepEqual(new StandardWebhook(SECRET).verify(payload, headers), expected)
      new SvixWebhook(SECRET).verify(payload, headers)
      new SvixWebhook(SECRET).verify(payload, toSvix(headers))
    }
  })

  test(`what standardwebhooks and svix sign, we verify: ${payload.trim()}`, async () => {
    for (const library of [new StandardWebhook(SECRET), new SvixWebhook(SECRET)]) {
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
        'webhook-signature': library.sign(id, timestamp, payload),
      }
      assert.deepEqual(await verify(payload, headers, SECRET), expected)
      assert.deepEqual(await verify(payload, toSvix(headers), [OLD, SECRET]), expected)
      for (const own of [headers, toSvix(headers)]) {
        const input = { method: 'POST', url: '/', headers: own, body: payload }
        const options = { provider: standardWebhooks, secrets: [OLD, SECRET] }
        assert.deepEqual((await verifyInput(input, options)).json(), expected)
      }
    }
  })
}

test('the official libraries refuse what we signed with another secret', async () => {
  const payload = '{}'
  const headers = await sign({ id, timestamp, payload, secrets: [OLD] })
  assert.throws(() => new StandardWebhook(SECRET).verify(payload, headers))
  assert.throws(() => new SvixWebhook(SECRET).verify(payload, toSvix(headers)))
})

function toSvix(headers: Awaited<ReturnType<typeof sign>>) {
  return {
    'svix-id': headers['webhook-id'],
    'svix-timestamp': headers['webhook-timestamp'],
    'svix-signature': headers['webhook-signature'],
  }
}
