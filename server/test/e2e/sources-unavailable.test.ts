// What cannot be stored is not accepted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { openSource, SECRET } from '../provider.ts'

// Every second it looks for what was held, too, also while there is nowhere to look.
const bellwire = await startBellwire({}, ['inbound.receive', 'inbound.resume'])
const { id: application } = await bellwire.svix.application.create({ name: 'inbound' })
const source = await openSource(bellwire, {
  ...{ application, provider: 'github' },
  secrets: [{ value: SECRET }],
})

test('when it cannot be stored the answer is 503, nothing is half there, and it may come again', async () => {
  const { pool } = bellwire.store
  const headers = { 'X-GitHub-Delivery': 'the same each time' }
  await pool.query('alter table inbound_request rename to inbound_request_away')
  const answer = await source.github('{"n":1}', headers)
  assert.equal(answer.status, 503)
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
  assert.deepEqual((await bellwire.svix.message.list(application)).data, [])
  await pool.query('alter table inbound_request_away rename to inbound_request')
  assert.equal((await source.github('{"n":1}', headers)).status, 200)
  assert.equal((await bellwire.svix.message.list(application)).data.length, 1)
})
