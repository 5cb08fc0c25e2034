// Polls under concurrent load from transactions that commit in any order: nothing is skipped, nothing
// comes twice; and the official client polls.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Svix } from 'svix'
import type { ApplicationId } from '../../src/domain/ids.ts'
import { acceptMessages } from '../../src/store/statements/accept-messages.ts'
import { startBellwire } from '../harness.ts'
import { newMessage } from '../seed.ts'

const bellwire = await startBellwire()
const { svix, call, store, url } = bellwire
const newApp = async () => (await svix.application.create({ name: 'app' })).id
const newPoller = async (app: string, fields: object = {}) =>
  String((await call('POST', `/app/${app}/poller`, fields)).body['id'])

test('what commits late is not skipped, whatever its id', async () => {
  const app = await newApp()
  const poller = await newPoller(app)
  const { environmentId } = await appOf(app)
  const message = () => newMessage(environmentId, { id: app as ApplicationId })
  const lease = { nodeId: '00000000-0000-0000-0000-000000000000', room: 0, full: [] }
  const early = message()
  const late = message()
  // The older id is held back in a transaction while the newer one is committed and polled.
  const client = await store.pool.connect()
  try {
    await client.query('begin')
    await acceptMessages(client as never, [early], lease)
    await acceptMessages(store.hot, [late], lease)
    const { iterator } = await svix.message.poller.poll(app, poller)
    const first = await svix.message.poller.poll(app, poller, { iterator })
    assert.deepEqual(
      first.data.map(({ id }) => id),
      [late.id],
    )
    await client.query('commit')
    const second = await svix.message.poller.poll(app, poller, { iterator: first.iterator })
    assert.deepEqual(
      second.data.map(({ id }) => id),
      [early.id],
    )
  } finally {
    client.release()
  }
})

test('under load every consumer gets every message once, in one order for all', async (t) => {
  const app = await newApp()
  const poller = await newPoller(app)
  const accepted = new Set<string>()
  let sending = true
  const MESSAGES = 1_500
  const send = async () => {
    const load = Array.from({ length: 24 }, async (_, lane) => {
      for (let n = lane; n < MESSAGES; n += 24) {
        const { status, body } = await call('POST', `/app/${app}/msg`, {
          eventType: 'load',
          payload: { n },
        })
        assert.equal(status, 202)
        accepted.add(String(body['id']))
      }
    })
    await Promise.all(load)
    sending = false
  }
  let polls = 0
  const consume = async (consumer: string, limit: number) => {
    const got: string[] = []
    await svix.message.poller.consumerPoll(app, poller, consumer)
    for (;;) {
      const wasSending = sending
      const page = await svix.message.poller.consumerPoll(app, poller, consumer, { limit })
      polls++
      got.push(...page.data.map(({ id }) => id))
      if (page.done && !wasSending) return got
      if (page.done) await sleep(1)
    }
  }
  const consumers = ['a', 'b', 'c', 'd'].map((name, n) => consume(name, [250, 50, 7, 100][n]!))
  const [, ...got] = await Promise.all([send(), ...consumers])
  t.diagnostic(`${polls} polls while ${accepted.size} messages came in`)
  assert.equal(accepted.size, MESSAGES)
  for (const ids of got) {
    assert.equal(ids.length, MESSAGES)
    assert.deepEqual(new Set(ids), accepted)
    assert.deepEqual(ids, got[0])
  }
})

test('the official client polls with a token that reaches this poller only', async () => {
  const app = await newApp()
  const poller = await newPoller(app, { uid: 'warehouse' })
  const other = await newPoller(app)
  // It has no methods for the token.
  const at = `/auth/app/${app}/poller/${poller}/token`
  const token = String((await call('GET', at)).body['token'])
  const receiver = new Svix(token, { serverUrl: url, retryScheduleInMs: [] })
  const made = await svix.message.create(app, { eventType: 'a.b', payload: { x: 1 } })

  const begin = await receiver.message.poller.poll(app, 'warehouse')
  assert.deepEqual([begin.data, begin.done], [[], false])
  const { iterator } = begin
  const page = await receiver.message.poller.poll(app, 'warehouse', {
    iterator,
    limit: 10,
    eventType: 'a.b',
  })
  const [message] = page.data
  assert.deepEqual([message!.id, message!.payload], [made.id, { x: 1 }])
  assert.ok(message!.timestamp instanceof Date)

  const sought = await receiver.message.poller.consumerSeek(app, poller, 'c', {
    after: new Date(Date.now() - 60_000),
  })
  assert.ok(sought.iterator)
  const consumed = await receiver.message.poller.consumerPoll(app, poller, 'c')
  assert.deepEqual(
    consumed.data.map(({ id }) => id),
    [made.id],
  )
  await assert.rejects(receiver.message.poller.poll(app, other), { code: 404 })
  await assert.rejects(receiver.message.list(app), { code: 403 })
  const rotated = await call('POST', `${at}/rotate`, { oldTokenExpiry: 0 })
  assert.notEqual(rotated.body['token'], token)
  await assert.rejects(receiver.message.poller.poll(app, poller), { code: 401 })
})

async function appOf(app: string) {
  const { body } = await call('GET', '/auth/whoami')
  return { app, environmentId: String(body['envId']) as `org_${string}` }
}
