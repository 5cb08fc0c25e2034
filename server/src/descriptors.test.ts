import assert from 'node:assert/strict'
import test from 'node:test'
import { affordableSockets } from './descriptors.ts'

test('few descriptors are shared out, and callers keep some', () => {
  assert.deepEqual(affordableSockets(256), { inFlight: 96, kept: 48 })
  assert.deepEqual(affordableSockets(16), { inFlight: 16, kept: 8 })
})

test('what this process is allowed is known', () => {
  assert.ok(affordableSockets().inFlight >= 16)
})
