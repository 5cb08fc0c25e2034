import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EndpointId, newId } from '../domain/ids.ts'
import { createTargets } from './targets.ts'

const nobody = async () => new Map<EndpointId, never>()

test('what is expected is read fifty at a time, one group after the other, and then known', async () => {
  const asked: number[] = []
  let reading = 0
  let most = 0
  const targets = createTargets(async (ids) => {
    asked.push(ids.length)
    most = Math.max(most, ++reading)
    await new Promise(setImmediate)
    reading--
    return nobody()
  })
  const ids = Array.from({ length: 120 }, () => newId('endpoint'))
  for (const id of ids) targets.expect(id, 1)
  await targets.get(ids[119]!, 1)
  assert.deepEqual(asked, [51], 'whoever is needed at once does not wait for its group')
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  assert.deepEqual(asked, [51, 50, 19])
  assert.equal(most, 1)
  for (const id of ids) assert.ok(!(targets.get(id, 1) instanceof Promise))
  for (const id of ids) targets.expect(id, 1)
  await new Promise(setImmediate)
  assert.equal(asked.length, 3, 'nothing is read twice')
})

test('who could not be read ahead is read again, and then says why', async () => {
  let reads = 0
  const targets = createTargets(async () => {
    reads++
    throw new Error('the database is away')
  })
  const id = newId('endpoint')
  targets.expect(id, 1)
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  assert.equal(reads, 1)
  await assert.rejects(async () => targets.get(id, 1), /away/)
  assert.equal(reads, 2)
})
