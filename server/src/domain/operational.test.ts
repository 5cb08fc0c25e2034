import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from './delivery.ts'
import { newId } from './ids.ts'
import { type AttemptEventType, attemptEventOf } from './operational.ts'
import type { Outcome } from './outcome.ts'

const answer = { status: 200, headers: [], body: Buffer.alloc(0), bodyCut: false }
const delivered: Outcome = { kind: 'delivered', answer, durationMs: 1 }
const failed = (code: 'timeout' | 'local_failure'): Outcome => ({
  kind: 'failed',
  failure: { code, message: '' },
  durationMs: 1,
})
const retry = (attempts: number): Verdict => ({ status: 'retry', delayMs: 1, attempts })
const ok = (attempts: number): Verdict => ({ status: 'succeeded', attempts })
const given = (
  reason: 'exhausted' | 'aborted' | 'endpoint_disabled',
  attempts: number,
): Verdict => ({
  status: 'failed',
  reason,
  attempts,
})

type Case = [
  what: string,
  verdict: Verdict,
  outcome: Outcome | null,
  event: AttemptEventType | null,
]

const SCHEDULE: Case[] = [
  ['a success at first try', ok(1), delivered, null],
  ['a success at the fourth try', ok(4), delivered, null],
  ['a success at the fifth try', ok(5), delivered, 'message.attempt.recovered'],
  ['the third failure', retry(3), failed('timeout'), null],
  ['the fourth failure', retry(4), failed('timeout'), 'message.attempt.failing'],
  ['the fifth failure', retry(5), failed('timeout'), null],
  ['our own trouble after the fourth', retry(4), failed('local_failure'), null],
  ['the only failure', given('exhausted', 1), failed('timeout'), 'message.attempt.exhausted'],
  ['the fourth and last', given('exhausted', 4), failed('timeout'), 'message.attempt.exhausted'],
  ['one that was aborted', given('aborted', 2), failed('timeout'), null],
  ['one that was told to stop', given('endpoint_disabled', 2), failed('timeout'), null],
  ['a run that ended without an attempt', given('exhausted', 4), null, null],
]
const RESENDS: Case[] = [
  ['a resend that fails', given('exhausted', 1), failed('timeout'), null],
  ['a resend that succeeds', ok(1), delivered, 'message.attempt.recovered'],
]

for (const [resend, cases] of [[0, SCHEDULE] as const, [7, RESENDS] as const]) {
  for (const [what, verdict, outcome, event] of cases) {
    test(`${what} is worth ${event ?? 'nothing'}`, () => {
      const run = { messageId: newId('message'), endpointId: newId('endpoint'), resend }
      const attempt = outcome && { outcome }
      assert.equal(attemptEventOf({ run, verdict, attempt }), event)
    })
  }
}
