import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const input = { id: 'msg_1', timestamp: 1_700_000_000, payload: '{}', secrets: [SECRET] }

test('a Date is cut to its second', async () => {
  const timestamp = new Date(1_700_000_000_999)
  assert.deepEqual(await sign({ ...input, timestamp }), await sign(input))
})

test('text and its bytes get the same signature', async () => {
  const text = await sign({ ...input, payload: '"ä😀"' })
  const bytes = await sign({ ...input, payload: new TextEncoder().encode('"ä😀"') })
  assert.deepEqual(text, bytes)
})

test('a view signs its own bytes, not those around it', async () => {
  const whole = new TextEncoder().encode('xx{}xx')
  const signed = await sign({ ...input, payload: whole.subarray(2, 4) })
  assert.deepEqual(signed, await sign(input))
})

test('eleven secrets give eleven signatures, and each of them verifies', async () => {
  const secrets = Array.from({ length: 11 }, (_, i) => `whsec_${btoa(String(i).padEnd(24, 'k'))}`)
  const headers = await sign({ ...input, secrets })
  assert.equal(headers['webhook-signature'].split(' ').length, 11)
  const now = new Date(1_700_000_000_000)
  for (const secret of secrets) assert.deepEqual(await verify('{}', headers, secret, { now }), {})
})

for (const [name, change, code] of [
  ['no secret', { secrets: [] }, 'bad_secret'],
  ['an empty secret', { secrets: [''] }, 'bad_secret'],
  ['a public key', { secrets: [`whpk_${btoa('k'.repeat(32))}`] }, 'bad_secret'],
  ['an id with a dot', { id: 'msg.1' }, 'bad_id'],
  ['an empty id', { id: '' }, 'bad_id'],
  ['an id with a line break', { id: 'msg_1\nx' }, 'bad_id'],
  ['milliseconds', { timestamp: 1_700_000_000_000 }, 'bad_timestamp'],
  ['half seconds', { timestamp: 1_700_000_000.5 }, 'bad_timestamp'],
  ['a negative timestamp', { timestamp: -1 }, 'bad_timestamp'],
  ['an invalid date', { timestamp: new Date(Number.NaN) }, 'bad_timestamp'],
] as const) {
  test(`signing with ${name} throws ${code}`, async () => {
    const secrets = 'secrets' in change ? [...change.secrets] : input.secrets
    await assert.rejects(sign({ ...input, ...change, secrets }), { code })
  })
}
