import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTelemetry } from './telemetry.ts'
import { findTracing } from './tracing.ts'

const KEY = Symbol.for('opentelemetry.js.api.1')

function listening() {
  const troubles: unknown[] = []
  const telemetry = {
    ...createTelemetry({ level: 'silent' }),
    tracingImpossible: (error: unknown) => void troubles.push(error),
  }
  return { telemetry, troubles }
}

test('without an SDK there is no tracing, and nothing is loaded or said', async () => {
  const { telemetry, troubles } = listening()
  assert.equal(await findTracing(telemetry), null)
  assert.deepEqual(troubles, [])
  assert.equal((globalThis as Record<symbol, unknown>)[KEY], undefined)
})

test('an SDK of another API than ours is told of, not believed', async () => {
  const { telemetry, troubles } = listening()
  const global = globalThis as Record<symbol, unknown>
  global[KEY] = { version: '1.0.0', trace: {} }
  assert.equal(await findTracing(telemetry), null)
  delete global[KEY]
  assert.match(String(troubles[0]), /registered with another one/)
})
