import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../test/database.ts'
import { parseId } from './domain/ids.ts'
import { ensureStartKey } from './start-key.ts'
import { revokeApiKey } from './store/api-keys.ts'
import { findCaller } from './store/callers.ts'
import { listChanges } from './store/changes.ts'
import { ensureDefaultEnvironment } from './store/environments.ts'

const store = await testDatabase()
const environmentId = await ensureDefaultEnvironment(store.pool)
const wanted = { name: 'bootstrap', token: 'a-key-from-the-first-start' }
const ensure = () => ensureStartKey({ store, environmentId }, wanted)

async function noted() {
  const request = { limit: 10, cursor: null, order: 'ascending' } as const
  const filter = {
    ...{ before: null, after: null, actor: null, operation: null },
    ...{ targetKind: null, targetId: null, applicationId: null },
  }
  const { items } = await listChanges(store.db, environmentId, { request, filter })
  return items
}

test('the key that a start makes is noted once, however many start at the same time', async () => {
  await Promise.all(Array.from({ length: 5 }, ensure))
  await ensure()
  const caller = await findCaller(store.db, wanted.token)
  assert.equal(caller?.kind, 'key')
  const [made, ...others] = await noted()
  assert.deepEqual(others, [])
  assert.deepEqual(
    { ...made, id: null },
    {
      id: null,
      actor: { kind: 'command', id: null, sessionId: null },
      requestId: null,
      operation: 'start',
      target: { kind: 'api-key', id: caller.keyId, uid: null },
      applicationId: null,
      before: null,
      after: { name: 'bootstrap', scope: 'full' },
    },
  )
  // One that was revoked is not made again.
  await revokeApiKey(store.db, environmentId, parseId('apiKey', caller.keyId)!)
  await ensure()
  assert.equal(await findCaller(store.db, wanted.token), null)
  assert.equal((await noted()).length, 1)
})
