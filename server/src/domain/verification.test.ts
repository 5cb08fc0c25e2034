import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from './outcome.ts'
import { answerProblem, isDemanded } from './verification.ts'

const answered = (body: string): Outcome => ({
  kind: 'delivered',
  answer: { status: 200, headers: [], body: Buffer.from(body), bodyCut: false },
  durationMs: 1,
})

test('an answer is the challenge alone', () => {
  for (const body of ['bwc_1', ' bwc_1\n', '"bwc_1"', '{"challenge":"bwc_1"}']) {
    assert.equal(answerProblem(answered(body), 'bwc_1'), null, body)
  }
  for (const body of [
    '',
    'ok',
    'bwc_',
    'bwc_12',
    'bwc_1 bwc_1',
    '{"challenge":"bwc_2"}',
    '{"challenge":["bwc_1"]}',
    '["bwc_1"]',
    'null',
    // The whole request, sent back as it came.
    '{"type":"endpoint.challenge","challenge":"bwc_1","expiresAt":"2026-01-01T00:00:00.000Z"}',
  ]) {
    assert.match(answerProblem(answered(body), 'bwc_1') ?? '', /not the challenge/, body)
  }
})

test('what failed says why, and never what was sent', () => {
  const failure = { code: 'http_status', message: 'It said bwc_1.' } as const
  const outcome: Outcome = { kind: 'failed', failure, durationMs: 1 }
  assert.equal(answerProblem(outcome, 'bwc_1'), 'It said [redacted].')
})

test('whose URLs have to be verified', () => {
  const cases = (['off', 'endpoints', 'all'] as const).map((setting) => [
    isDemanded(setting, { hook: false }),
    isDemanded(setting, { hook: true }),
  ])
  assert.deepEqual(cases, [
    [false, false],
    [true, false],
    [true, true],
  ])
})
