import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../test/database.ts'
import { seedApplication, seedFreeDeliveries } from '../../test/seed.ts'
import { type MessageId, toUuid } from '../domain/ids.ts'
import { eraseExpiredPayloads } from './expired-payloads.ts'
import { findPayload } from './messages.ts'

const store = await testDatabase()
const application = await seedApplication(store)

const expire = (ids: MessageId[]) =>
  store.pool.query(
    `update message set payload_expires_at = now() - interval '1 second' where id = any ($1)`,
    [ids.map(toUuid)],
  )

async function kept() {
  const { rows } = await store.pool.query<{ id: string }>(
    'select id from message where payload is not null',
  )
  return new Set(rows.map(({ id }) => id))
}

test('an expired payload is not sent, though it is not erased yet', async () => {
  const [live, expired] = await seedFreeDeliveries(store, application, 2)
  await expire([expired!])
  assert.equal((await findPayload(store.db, live!))?.toString(), '{}')
  assert.equal(await findPayload(store.db, expired!), null)
  assert.ok((await kept()).has(toUuid(expired!)), 'it is still there')
})

for (const chunk of [1, 3, 7, 100]) {
  test(`all expired payloads are erased and no others, ${chunk} at a time`, async () => {
    const messages = await seedFreeDeliveries(store, application, 7)
    await store.pool.query(`update message set schema_error = 'quotes the payload'`)
    const expired = messages.filter((_, index) => index % 2 === 0)
    await eraseExpiredPayloads(store.db)
    await expire(expired)
    const before = await kept()
    assert.equal(await eraseExpiredPayloads(store.db, chunk), expired.length)
    assert.deepEqual(await kept(), before.difference(new Set(expired.map(toUuid))))
    assert.equal(await eraseExpiredPayloads(store.db, chunk), 0)
    const { rows } = await store.pool.query<{ id: string; keeps: boolean }>(
      'select id, schema_error is not null as keeps from message where id = any ($1)',
      [messages.map(toUuid)],
    )
    const live = messages.filter((id) => !expired.includes(id)).map(toUuid)
    assert.deepEqual(new Set(rows.filter((row) => row.keeps).map((row) => row.id)), new Set(live))
  })
}
