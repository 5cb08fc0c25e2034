// Waiting for what is to arrive at a bin, finding it by what it says, and saying what was expected.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Captured, openBin as openBinOf } from '../bin.ts'
import { startBellwire } from '../harness.ts'

const bellwire = await startBellwire()
const openBin = () => openBinOf(bellwire)
const matching = (filter: object) => `match=${encodeURIComponent(JSON.stringify(filter))}`
const seqs = (captures: Captured[]) => captures.map(({ seq }) => seq)

test('waiting misses nothing, ends at its time, and can be turned round', async () => {
  const bin = await openBin()
  await bin.send({ method: 'POST', body: 'before' })
  const waiting = bin.get('wait?after=1&count=2&timeout=20&method=POST')
  await bin.send({ method: 'GET' })
  await bin.send({ method: 'POST', body: 'one' })
  await bin.send({ method: 'POST', body: 'two' }, '/x')
  const { status, data } = await waiting
  assert.equal(status, 200)
  assert.deepEqual(seqs(data), [3, 4])
  assert.equal((await bin.get('wait?after=4&timeout=1')).status, 204)
  assert.equal((await bin.get('wait?after=4&timeout=1&expect=none')).status, 200)
  assert.equal((await bin.get('wait?after=1&expect=none')).status, 204)
  assert.equal((await bin.get('wait?target=/x')).data.length, 1)
})

test('a filter finds captures by what they say, in lists and while waiting', async () => {
  const bin = await openBin()
  const paid = { method: 'POST', body: '{"type":"invoice.paid","data":{"amount":100}}' }
  await bin.send({ method: 'POST', body: '{"type":"invoice.made"}' })
  await bin.send({ ...paid, headers: { 'X-Try': '1' } }, '/a?n=1')
  const waiting = bin.get(
    `wait?timeout=20&count=2&${matching({ 'payload.type': 'invoice.paid', 'payload.data.amount': { $gte: 100 } })}`,
  )
  await bin.send({ method: 'POST', body: 'no json' })
  await bin.send(paid, '/a?n=2')
  assert.deepEqual(seqs((await waiting).data), [2, 4])
  const cases: [object, number[]][] = [
    [{ 'payload.type': { $startsWith: 'invoice.' } }, [4, 2, 1]],
    [{ 'headers.x-try': '1' }, [2]],
    [{ 'query.n': '2' }, [4]],
    [{ body: { $contains: 'json' } }, [3]],
    [{ path: '/a', method: 'POST' }, [4, 2]],
    [{ $not: { payload: { type: { $exists: true } } } }, [3]],
  ]
  for (const [filter, expected] of cases) {
    const found = await bin.captures(`?${matching(filter)}`)
    assert.deepEqual(seqs(found), expected, JSON.stringify(filter))
  }
  const two = await bin.captures(`?limit=1&order=ascending&${matching({ path: '/a' })}`)
  assert.deepEqual(seqs(two), [2])
  for (const match of ['{', '{"a":1}', '[]', '{"body.x":1}']) {
    const refused = await bin.get(`capture?match=${encodeURIComponent(match)}`)
    assert.equal(refused.status, 422, match)
  }
})

type Assertion = {
  passed: boolean
  message: string
  matched: Captured[]
  others: { seq: number; because: string }[]
}

test('an assertion says what came, what came instead, and why that is not it', async () => {
  const bin = await openBin()
  const assertion = async (fields: object) => {
    const { status, body, text } = await bellwire.call('POST', `${bin.path}/assert`, fields)
    assert.equal(status, 200, text)
    return body as unknown as Assertion
  }
  const expected = { match: { 'payload.type': 'invoice.paid' }, method: 'POST', target: '/hook' }
  const waiting = assertion({ ...expected, timeout: 20 })
  await bin.send({ method: 'PUT', body: '{}' }, '/hook')
  await bin.send({ method: 'POST', body: '{}' }, '/other')
  await bin.send({ method: 'POST', body: '{"type":"invoice.made"}' }, '/hook')
  await bin.send({ method: 'POST', body: '[]' }, '/hook')
  const none = await assertion(expected)
  assert.equal(none.passed, false)
  assert.equal(none.message, 'expected 1 or more; 0 of 4 that came are what was expected')
  assert.deepEqual(
    none.others.map(({ because }) => because),
    [
      'its method is PUT, not POST',
      'its target does not hold "/hook"',
      'not: payload.type $eq "invoice.paid"; found: "invoice.made"',
      'not: payload.type $eq "invoice.paid"; found: nothing is there',
    ],
  )
  await bin.send({ method: 'POST', body: '{"type":"invoice.paid"}' }, '/hook')
  const passed = await waiting
  assert.equal(passed.passed, true)
  assert.deepEqual(seqs(passed.matched), [5])
  await bin.send({ method: 'POST', body: '{"type":"invoice.paid"}' }, '/hook')
  assert.equal((await assertion({ ...expected, atMost: 1 })).passed, false)
  assert.equal((await assertion({ ...expected, atLeast: 2, atMost: 2 })).passed, true)
  assert.equal((await assertion({ ...expected, after: 6, atMost: 0, timeout: 0.3 })).passed, true)
  assert.equal((await assertion({ ...expected, after: 5 })).passed, true)
})

test('an assertion that nobody can meet is refused', async () => {
  const bin = await openBin()
  for (const fields of [{ atLeast: 2, atMost: 1 }, { timeout: 61 }, { match: 1 }, { after: -1 }]) {
    const { status } = await bellwire.call('POST', `${bin.path}/assert`, fields)
    assert.equal(status, 422, JSON.stringify(fields))
  }
})

test('bodies that would be too much at once come a few at a time', async () => {
  const bin = await openBin()
  const body = Buffer.alloc(9 * 1024 * 1024, 1)
  for (let n = 0; n < 3; n++) assert.equal((await bin.send({ method: 'POST', body })).status, 200)
  assert.deepEqual(seqs(await bin.captures()), [3])
  assert.deepEqual(seqs(await bin.captures('?before=3')), [2])
  assert.deepEqual(seqs((await bin.get('wait?count=3')).data), [1])
})
