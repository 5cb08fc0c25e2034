import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Capture } from './bin.ts'
import { differenceBetween } from './capture-difference.ts'
import { newId } from './ids.ts'

const capture = (body: string, fields: Partial<Capture> = {}): Capture => ({
  ...{
    id: newId('capture'),
    seq: 1,
    receivedAt: new Date(),
    sha256: '',
    bodyBytes: body.length,
    remotePort: 1,
  },
  ...{ method: 'POST', target: '/b/x', httpVersion: '1.1', headers: [], remoteAddress: '' },
  ...{ headMs: 1, bodyMs: 1, pinned: false, forwarded: null, answerBy: null },
  answer: { status: 200, rule: null, delayMs: 0, relayed: false },
  body: Buffer.from(body),
  ...fields,
})

test('captures that are the same differ in nothing', () => {
  const one = capture('{"a":1}', { headers: [['A', '1']] })
  const other = capture('{"a":1}', { headers: [['a', '1']] })
  assert.deepEqual(differenceBetween(one, other), {
    ...{ method: null, target: null, headers: [] },
    body: { isSame: true, firstByte: null, json: [], isCut: false },
  })
})

test('headers differ by name, with all their values', () => {
  const one = capture('', {
    headers: [
      ['X', '1'],
      ['x', '2'],
      ['Gone', 'g'],
    ],
  })
  const other = capture('', {
    headers: [
      ['X', '2'],
      ['x', '1'],
      ['New', 'n'],
    ],
    method: 'PUT',
  })
  const { headers, method } = differenceBetween(one, other)
  assert.deepEqual(method, { from: 'POST', to: 'PUT' })
  assert.deepEqual(headers, [
    { name: 'x', from: ['1', '2'], to: ['2', '1'] },
    { name: 'gone', from: ['g'], to: [] },
    { name: 'new', from: [], to: ['n'] },
  ])
})

test('JSON differs by pointer: changed, gone, new, and by its spelling in bytes only', () => {
  const one = capture('{"a":1,"b":{"c/d":[1,2]},"gone":null,"__proto__":{"x":1}}')
  const other = capture('{"a":1.0,"b":{"c/d":[1,3,4]},"new":true,"__proto__":{"x":2}}')
  const { body } = differenceBetween(one, other)
  assert.equal(body.isSame, false)
  assert.equal(body.firstByte, 6)
  assert.deepEqual(body.json, [
    { pointer: '/b/c~1d/1', from: '2', to: '3' },
    { pointer: '/b/c~1d/2', to: '4' },
    { pointer: '/gone', from: 'null' },
    { pointer: '/__proto__/x', from: '1', to: '2' },
    { pointer: '/new', to: 'true' },
  ])
})

test('what is no JSON differs by its first byte, and a long list is cut', () => {
  assert.equal(differenceBetween(capture('ab'), capture('abc')).body.firstByte, 2)
  assert.equal(differenceBetween(capture('ab'), capture('abc')).body.json, null)
  const list = (value: number) => JSON.stringify(Array<number>(2_000).fill(value))
  const { body } = differenceBetween(capture(list(1)), capture(list(2)))
  assert.equal(body.json?.length, 500)
  assert.equal(body.isCut, true)
})
