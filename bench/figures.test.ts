import assert from 'node:assert/strict'
import { test } from 'node:test'
import { combineRounds, toFigures } from './figures.ts'
import type { Measurement } from './measure.ts'

const scenario = { messages: 1000, pace: { kind: 'closed', concurrency: 1 } } as const
const measurement: Measurement = {
  load: {
    startedAtMs: 5000,
    endedAtMs: 6000,
    acceptP50Ms: 1,
    acceptP99Ms: 2,
    statuses: { 202: 990, 503: 10 },
  },
  sink: {
    received: 980,
    lost: 20,
    lostSequences: [],
    duplicates: 3,
    doubled: 0,
    malformed: 0,
    lastArrivalMs: 7000,
    endToEndP50Ms: 3,
    endToEndP99Ms: 4,
  },
  usage: { cpuMs: { node: 98, postgres: 49 }, peakPssBytes: { node: 1, postgres: 2, total: 3 } },
}

test('rates count from the first request, costs count what arrived', () => {
  const figures = toFigures(scenario, measurement)
  assert.equal(figures.acceptedPerSecond, 990)
  assert.equal(figures.deliveredPerSecond, 490)
  assert.equal(figures.nodeCpuMicrosPerDelivery, 100)
  assert.equal(figures.postgresCpuMicrosPerDelivery, 50)
  assert.equal(figures.notAccepted, 10)
})

test('where the platform tells nothing, figures are null and not zero', () => {
  const figures = toFigures(scenario, { ...measurement, usage: null })
  assert.equal(figures.nodeCpuMicrosPerDelivery, null)
  assert.equal(figures.peakPssTotalBytes, null)
})

test('rounds combine to medians, but every loss counts', () => {
  const figures = toFigures(scenario, measurement)
  const combined = combineRounds([
    { ...figures, endToEndP50Ms: 1, lost: 0 },
    { ...figures, endToEndP50Ms: 90, lost: 1 },
    { ...figures, endToEndP50Ms: 2, lost: 0 },
  ])
  assert.equal(combined.endToEndP50Ms, 2)
  assert.equal(combined.lost, 1)
})
