import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeaders, type WebhookHeaders } from './headers.ts'

const wanted = { id: 'msg_1', timestamp: '2', signature: 'v1,x' }
const standard = { 'webhook-id': 'msg_1', 'webhook-timestamp': '2', 'webhook-signature': 'v1,x' }
const svix = { 'svix-id': 'msg_1', 'svix-timestamp': '2', 'svix-signature': 'v1,x' }

const accepted: [string, WebhookHeaders][] = [
  ['webhook-*', standard],
  ['svix-*', svix],
  ['Fetch headers', new Headers(standard)],
  ['Fetch headers named svix-*', new Headers(svix)],
  ['a Headers class that is not the global one', fakeHeaders(standard)],
  ['any case', { 'Webhook-Id': 'msg_1', 'WEBHOOK-TIMESTAMP': '2', 'webhook-signature': 'v1,x' }],
  ['both families: webhook-* wins', { ...svix, 'svix-id': 'other', ...standard }],
  ['a mixture', { 'webhook-id': 'msg_1', 'svix-timestamp': '2', 'webhook-signature': 'v1,x' }],
  ['undefined falls back', { ...standard, ...svix, 'webhook-id': undefined }],
  ['lists of one, as headersDistinct has', { ...standard, 'webhook-id': ['msg_1'] }],
]
for (const [name, headers] of accepted) {
  test(`headers are found: ${name}`, () => {
    assert.deepEqual(readHeaders(headers), wanted)
  })
}

for (const missing of Object.keys(standard)) {
  for (const value of [undefined, '', []]) {
    test(`${missing} = ${JSON.stringify(value)} is missing_header`, () => {
      const headers = { ...standard, [missing]: value }
      const message = new RegExp(missing)
      assert.throws(() => readHeaders(headers), { code: 'missing_header', message })
    })
  }
}

test('an empty webhook-* header does not fall back', () => {
  const headers = { ...standard, ...svix, 'webhook-signature': '' }
  assert.throws(() => readHeaders(headers), { code: 'missing_header' })
})

test('repeated signatures are one list, a repeated id is no id', () => {
  const signatures = readHeaders({ ...standard, 'webhook-signature': ['v1,x', 'v1,y'] })
  assert.equal(signatures.signature, 'v1,x v1,y')
  assert.equal(readHeaders({ ...standard, 'Webhook-Id': 'msg_2' }).id, 'msg_1 msg_2')
})

function fakeHeaders(values: Record<string, string>): Headers {
  // A stranger's class has the shape of Headers, not its identity.
  return { get: (name: string) => values[name] ?? null } as unknown as Headers
}
