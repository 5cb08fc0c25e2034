import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from '../domain/delivery.ts'
import { newId } from '../domain/ids.ts'
import type { Answer, FailureCode, Outcome } from '../domain/outcome.ts'
import { createTokens } from './auth/tokens.ts'
import { deliver, type LeasedRun, verdictOn } from './deliver.ts'
import type { PreparedRequest } from './prepare.ts'
import type { Target } from './targets.ts'

const clock = () => new Date(Date.UTC(2026, 0, 1))
const policy = { schedule: [5, 300], random: () => 0.5, clock }
const run = (resend = 0) => ({
  run: { messageId: newId('message'), endpointId: newId('endpoint'), resend },
})

const answered = (status: number, headers: Answer['headers'] = []): Outcome => {
  const answer = { status, headers, body: Buffer.alloc(0), bodyCut: false }
  if (status < 300) return { kind: 'delivered', answer, durationMs: 1 }
  return { kind: 'failed', answer, durationMs: 1, failure: { code: 'http_status', message: '' } }
}
const failed = (code: FailureCode): Outcome => ({
  kind: 'failed',
  durationMs: 1,
  failure: { code, message: '' },
})

const cases: [string, Outcome, { attempts?: number; resend?: number }, Verdict][] = [
  ['a 2xx succeeds', answered(204), {}, { status: 'succeeded', attempts: 1 }],
  ['a 500 is tried again', answered(500), {}, { status: 'retry', delayMs: 5_000, attempts: 1 }],
  [
    'the last attempt exhausts',
    answered(500),
    { attempts: 2 },
    { status: 'failed', reason: 'exhausted', attempts: 3 },
  ],
  [
    'a failed resend has no retries',
    answered(500),
    { resend: 1 },
    { status: 'failed', reason: 'exhausted', attempts: 1 },
  ],
  [
    'a 410 ends the delivery',
    answered(410),
    {},
    { status: 'failed', reason: 'endpoint_disabled', attempts: 1 },
  ],
  [
    'the receiver may ask for an end of this message',
    answered(500, [['webhook-delivery', 'abort-message']]),
    {},
    { status: 'failed', reason: 'aborted', attempts: 1 },
  ],
  [
    'the receiver may ask for an end of everything',
    answered(500, [['webhook-delivery', ' Disable ']]),
    {},
    { status: 'failed', reason: 'endpoint_disabled', attempts: 1 },
  ],
  [
    'Retry-After slows a 429 down',
    answered(429, [['retry-after', '100']]),
    {},
    { status: 'retry', delayMs: 100_000, attempts: 1 },
  ],
  [
    'no answer is tried again',
    failed('timeout'),
    {},
    { status: 'retry', delayMs: 5_000, attempts: 1 },
  ],
  [
    'trouble of our own uses up no attempt',
    failed('local_failure'),
    { attempts: 2 },
    { status: 'retry', delayMs: 2_000, attempts: 2 },
  ],
]

for (const [name, outcome, { attempts = 0, resend = 0 }, expected] of cases)
  test(name, () => {
    assert.deepEqual(verdictOn(outcome, { ...run(resend), attempts }, policy), expected)
  })

const target: Target = {
  id: newId('endpoint'),
  revision: 1,
  environmentId: newId('environment'),
  retrySchedule: null,
  url: 'http://127.0.0.1/',
  state: 'enabled',
  customHeaders: ['authorization', 'Bearer canary', 'x-team', 'a'],
  signers: [
    { signer: () => 'v1,now', expiresAt: null },
    { signer: () => 'v1,old', expiresAt: new Date(0) },
  ],
  filter: null,
  shape: null,
  proof: null,
  gzip: false,
  tls: null,
}

async function delivered(changed: Partial<LeasedRun>, state: Target['state'] = 'enabled') {
  const leased: LeasedRun = {
    ...run(),
    nodeId: 'node',
    attempts: 0,
    revision: 1,
    eventType: 'a.b',
    contentType: null,
    facts: { channels: null, tags: null, isAddressed: false },
    payload: Buffer.from('{}'),
    ...changed,
  }
  const sent: PreparedRequest[] = []
  const result = await deliver(leased, {
    ...policy,
    schedule: () => policy.schedule,
    target: () => ({ ...target, state }),
    payload: async () => Buffer.from('{"large":true}'),
    transform: async () => assert.fail('nothing is transformed'),
    tokens: createTokens({ send: () => assert.fail('no token is needed'), userAgent: '' }),
    async send(request) {
      sent.push(request)
      return answered(200)
    },
    userAgent: 'Bellwire/test',
  })
  return { result, sent }
}

test('a delivery whose endpoint is disabled or gone, or whose payload is gone, ends without an attempt', async () => {
  for (const [changed, state, reason] of [
    [{}, 'disabled', 'endpoint_disabled'],
    [{}, 'gone', 'endpoint_deleted'],
    [{ payload: null }, 'enabled', 'expired'],
  ] as const) {
    const { result, sent } = await delivered(changed, state)
    assert.deepEqual(result.verdict, { status: 'cancelled', reason, attempts: 0 })
    assert.equal(result.attempt, null)
    assert.equal(sent.length, 0)
  }
})

test('a large payload is read when its turn comes', async () => {
  const { sent } = await delivered({ payload: 'large' })
  assert.equal(sent[0]?.body?.toString(), '{"large":true}')
})

test('only keys in their grace sign, and secret headers are sent but not kept', async () => {
  const { result, sent } = await delivered({})
  const headers = sent[0]!.headers
  assert.equal(headers[headers.indexOf('webhook-signature') + 1], 'v1,now')
  assert.equal(headers[headers.indexOf('svix-signature') + 1], 'v1,now')
  assert.ok(headers.includes('Bearer canary'))
  const kept = result.attempt?.requestHeaders ?? []
  assert.ok(!kept.join().includes('canary'))
  assert.equal(kept[kept.indexOf('x-team') + 1], 'a')
})
