// An idempotency key outlives the process that answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'

test('74 the same key with another body is 422; after a restart the first body has its stored answer', async () => {
  const first = await startBellwire()
  const authorization = `Bearer ${first.token}`
  const headers = { authorization, 'idempotency-key': 'seventy-four' }
  const { id: app } = await first.svix.application.create({ name: 'app' })
  const requests = [
    ['/app', { name: 'one' }, { name: 'two' }],
    [`/app/${app}/msg`, { eventType: 'a', payload: {} }, { eventType: 'b', payload: {} }],
  ] as const
  const answers = []
  for (const [path, body, other] of requests) {
    answers.push(await first.call('POST', path, body, headers))
    const refused = await first.call('POST', path, other, headers)
    assert.equal(refused.status, 422)
    const [{ loc }] = refused.body['detail'] as [{ loc: string[] }]
    assert.deepEqual(loc, ['header', 'idempotency-key'])
  }
  await first.stop()

  const second = await startBellwire({}, [], first.home)
  for (const [index, [path, body, other]] of requests.entries()) {
    const again = await second.call('POST', path, body, headers)
    assert.deepEqual([again.status, again.text], [answers[index]!.status, answers[index]!.text])
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.equal((await second.call('POST', path, other, headers)).status, 422)
  }
  const { data } = await second.svix.application.list()
  assert.deepEqual(
    data.map(({ name }) => name),
    ['app', 'one'],
  )
  assert.equal((await second.svix.message.list(app)).data.length, 1)
  await second.stop() // before the database that it shares with the first goes
})
