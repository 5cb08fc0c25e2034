import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traceContextOf } from './trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const PARENT = `00-${TRACE}-${SPAN}-01`

test('a valid parent is kept as it came', () => {
  for (const parent of [PARENT, `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-03`]) {
    assert.deepEqual(traceContextOf({ traceparent: parent }), {
      traceparent: parent,
      tracestate: null,
    })
  }
})

test('of a later version what this one knows is kept', () => {
  const parentOf = (traceparent: string) => traceContextOf({ traceparent })?.traceparent
  assert.equal(parentOf(`01-${TRACE}-${SPAN}-01`), PARENT)
  assert.equal(parentOf(`cc-${TRACE}-${SPAN}-05-what-comes-then`), PARENT)
  assert.equal(parentOf(`cc-${TRACE}-${SPAN}-02`), `00-${TRACE}-${SPAN}-00`)
})

test('what breaks the grammar is as if it had not been sent', () => {
  for (const traceparent of [
    '',
    'x',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `${PARENT}-more`,
    `${PARENT}.`,
    `ff-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `0g-${TRACE}-${SPAN}-01`,
    `${PARENT}, ${PARENT}`,
  ]) {
    assert.equal(traceContextOf({ traceparent, tracestate: 'a=1' }), null, traceparent)
  }
  assert.equal(traceContextOf({ traceparent: [PARENT, PARENT] }), null)
  assert.equal(traceContextOf({ tracestate: 'a=1' }), null)
})

test('a state is kept with its order, over several headers, and dropped when it is not valid', () => {
  const stateOf = (tracestate: string | string[]) =>
    traceContextOf({ traceparent: PARENT, tracestate })?.tracestate
  assert.equal(
    stateOf('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'),
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  )
  assert.equal(stateOf(['a=1', 'b=2']), 'a=1,b=2')
  assert.equal(stateOf(' a=1 ,, fw529a3039@dt=FfAg;x '), 'a=1,fw529a3039@dt=FfAg;x')
  for (const state of [
    '',
    ',',
    'a',
    'A=1',
    'a=',
    'a=1=2',
    'a=1,a=2',
    'a=ä',
    `a=${'x'.repeat(600)}`,
    Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(','),
  ]) {
    assert.equal(stateOf(state), null, state)
  }
})
