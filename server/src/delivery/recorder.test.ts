import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseError } from 'pg'
import { newId } from '../domain/ids.ts'
import type { RunResult } from '../store/statements/record-outcomes.ts'
import { createTelemetry } from '../telemetry.ts'
import { createRecorder } from './recorder.ts'

const telemetry = createTelemetry({ level: 'silent' })

const result = (url: string): RunResult => ({
  run: { messageId: newId('message'), endpointId: newId('endpoint'), resend: 0 },
  nodeId: 'node',
  verdict: { status: 'succeeded', attempts: 1 },
  attempt: {
    id: newId('attempt'),
    url,
    requestHeaders: [],
    outcome: { kind: 'failed', durationMs: 1, failure: { code: 'timeout', message: '' } },
  },
})

type Write = (results: RunResult[], options: { isRepeated: boolean }) => Promise<void>

function recording(write: Write) {
  const written: RunResult[] = []
  const recorder = createRecorder({
    write,
    written: (result) => written.push(result),
    unrecordable: () => assert.fail('unrecordable'),
    concurrency: 1,
    telemetry,
  })
  return { recorder, written }
}

test('while the database is away nothing is forgotten', async () => {
  let failures = 2
  const { recorder, written } = recording(async () => {
    if (failures-- > 0) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
  })
  for (const url of ['a', 'b', 'c']) recorder.add(result(url))
  await recorder.drained()
  assert.equal(written.length, 3)
  assert.equal(failures, -1)
})

test('what may have been written already is written as a repetition', async () => {
  const tries: boolean[] = []
  const { recorder, written } = recording(async (_, { isRepeated }) => {
    tries.push(isRepeated)
    if (tries.length === 1) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
  })
  recorder.add(result('a'))
  await recorder.drained()
  assert.deepEqual(tries, [false, true])
  assert.equal(written.length, 1)
})

test('a row that is there against all knowledge costs no attempt', async () => {
  const stored: RunResult[] = []
  const { recorder } = recording(async (results, { isRepeated }) => {
    if (!isRepeated) {
      throw Object.assign(new DatabaseError('duplicate key', 1, 'error'), { code: '23505' })
    }
    stored.push(...results)
  })
  recorder.add(result('a'))
  await recorder.drained()
  assert.deepEqual(
    stored.map(({ attempt }) => attempt?.url),
    ['a'],
  )
})

test('a result that cannot be stored does not take its neighbours with it, and its state is kept', async () => {
  const stored: RunResult[] = []
  const { recorder, written } = recording(async (results) => {
    if (results.some(({ attempt }) => attempt?.url === 'bad')) throw new Error('22P02')
    stored.push(...results)
  })
  for (const url of ['a', 'b', 'bad', 'c']) recorder.add(result(url))
  await recorder.drained()
  assert.equal(written.length, 4)
  assert.deepEqual(
    stored.map(({ attempt }) => attempt?.url ?? null).toSorted(),
    ['a', 'b', 'c', null].toSorted(),
  )
})
