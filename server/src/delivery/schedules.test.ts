import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../domain/ids.ts'
import type { RetrySchedule } from '../domain/retry.ts'
import { createTelemetry } from '../telemetry.ts'
import { createSchedules } from './schedules.ts'
import type { Target } from './targets.ts'

const environmentId = newId('environment')
const target = (retrySchedule: RetrySchedule | null = null, of = environmentId): Target => ({
  ...{ id: newId('endpoint'), revision: 1, environmentId: of, url: '', state: 'enabled' },
  ...{
    retrySchedule,
    customHeaders: [],
    signers: [],
    filter: null,
    shape: null,
    proof: null,
    gzip: false,
    tls: null,
  },
})
const telemetry = createTelemetry({ level: 'silent' })

test('the endpoint comes first, then the event type, then the configuration; an empty one counts', async () => {
  const listed = [
    { environmentId, eventType: 'own', schedule: [2] },
    { environmentId, eventType: 'never', schedule: [] },
  ]
  const schedules = createSchedules({ list: async () => listed, configured: [1], telemetry })
  const cases: [RetrySchedule | null, string, RetrySchedule][] = [
    [null, 'other', [1]],
    [null, 'own', [2]],
    [null, 'never', []],
    [[3], 'own', [3]],
    [[], 'own', []],
  ]
  for (const [endpoint, eventType, expected] of cases) {
    assert.deepEqual(await schedules.of(target(endpoint), eventType), expected)
  }
  assert.deepEqual(await schedules.of(target(null, newId('environment')), 'own'), [1])
})

test('a thousand failures read the schedules once, later ones again, and trouble keeps what was known', async (t) => {
  let reads = 0
  let fails = false
  const list = async () => {
    reads++
    if (fails) throw new Error('no database')
    return [{ environmentId, eventType: 'own', schedule: [reads] }]
  }
  const schedules = createSchedules({ list, configured: [], telemetry })
  const ask = () => schedules.of(target(), 'own')
  const all = await Promise.all(Array.from({ length: 1_000 }, ask))
  assert.deepEqual([reads, all[0], all[999]], [1, [1], [1]])
  const now = performance.now()
  let passed = 1_100
  t.mock.method(performance, 'now', () => now + passed)
  assert.deepEqual(await ask(), [2])
  fails = true
  passed = 2_300
  assert.deepEqual([await ask(), reads], [[2], 3])
})
