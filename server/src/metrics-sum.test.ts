import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import { createSum, figuresOf } from './metrics-sum.ts'

/** A process that has counted so much, with one observation each. */
async function process(counted: number, { held = 0, waits = 0 } = {}) {
  const registry = new Registry()
  const registers = [registry]
  new Counter({ name: 'sent', help: 'Sent.', labelNames: ['to'], registers }).inc(
    { to: 'a' },
    counted,
  )
  new Histogram({ name: 'took', help: 'Took.', buckets: [1, 2], registers }).observe(1.5)
  new Gauge({ name: 'held', help: 'Held.', registers }).set(held)
  new Gauge({ name: 'waits', help: 'Waits.', registers, aggregator: 'max' }).set(waits)
  new Gauge({ name: 'lag', help: 'Lag.', registers, aggregator: 'average' }).set(waits)
  return figuresOf(registry)
}

const NOBODY = new Set<number>()

test('counters and histograms are added, gauges as they say', async () => {
  const sum = createSum()
  sum.note(1, await process(3, { held: 2, waits: 5 }))
  sum.note(2, await process(4, { held: 1, waits: 9 }))
  const text = await sum.text(NOBODY)
  for (const line of [
    'sent{to="a"} 7',
    'took_bucket{le="1"} 0',
    'took_bucket{le="2"} 2',
    'took_count 2',
    'held 3',
    'waits 9',
    'lag 9',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`)
  }
  assert.equal(text.match(/# HELP sent/g)?.length, 1)
})

test('what a process had counted stays when it ends, what it held does not', async () => {
  const sum = createSum()
  sum.note(1, await process(3, { held: 2, waits: 5 }))
  sum.note(2, await process(4, { held: 1, waits: 1 }))
  await sum.ended(1)
  await sum.ended(7)
  assert.match(await sum.text(NOBODY), /^sent\{to="a"\} 7$/m)
  sum.note(3, await process(1, { held: 1 }))
  const text = await sum.text(NOBODY)
  assert.match(text, /^sent\{to="a"\} 8$/m)
  assert.match(text, /^took_count 3$/m)
  assert.match(text, /^held 2$/m)
  assert.match(text, /^waits 1$/m)
})

test('of one that does not answer only its counters are told', async () => {
  const sum = createSum()
  sum.note(1, await process(3, { held: 2 }))
  sum.note(2, await process(4, { held: 1 }))
  const text = await sum.text(new Set([2]))
  assert.match(text, /^sent\{to="a"\} 7$/m)
  assert.match(text, /^held 2$/m)
})
