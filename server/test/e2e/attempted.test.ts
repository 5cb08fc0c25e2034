// What became of messages, as the official client reads it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiException } from 'svix'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05,0.05' })
const { svix, pending } = bellwire
const allOver = () => until('nothing is pending', async () => (await pending()) === 0)
const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

test('40 send-example with svix.ping reaches the receiver, past the filters of its endpoint', async () => {
  const { app, endpoint, receiver } = await oneEndpoint(bellwire)
  const other = await startReceiver()
  await svix.endpoint.create(app, { url: other.url })
  await svix.endpoint.patch(app, endpoint.id, { channels: ['only'] })
  const sent = await svix.endpoint.sendExample(app, endpoint.id, { eventType: 'svix.ping' })
  await until('the ping arrives', () => receiver.received.length === 1)
  const [ping] = receiver.received
  assert.equal(ping!.body.toString(), '{"success":true}')
  assert.equal(ping!.headers['webhook-id'], sent.id)
  await allOver()
  assert.equal(other.received.length, 0)
})

test('41 stats are 0 at first and count one success after a message; 29 days are too long', async () => {
  const { app, endpoint, send } = await oneEndpoint(bellwire)
  const stats = () => svix.endpoint.getStats(app, endpoint.id)
  const none = { success: 0, pending: 0, sending: 0, fail: 0, canceled: 0 }
  assert.deepEqual(await stats(), none)
  await send()
  await allOver()
  assert.deepEqual(await stats(), { ...none, success: 1 })
  const since = new Date(Date.now() - 29 * 24 * 3600 * 1000)
  await assert.rejects(svix.endpoint.getStats(app, endpoint.id, { since }), (error) => {
    assert.ok(error instanceof ApiException)
    assert.equal(error.code, 400)
    return true
  })
})

test('attempts and attempted messages filter by channel and by event type', async () => {
  const { app, endpoint } = await oneEndpoint(bellwire)
  await svix.endpoint.patch(app, endpoint.id, { uid: 'filtered' })
  const send = (eventType: string, channels: string[] | null = null) =>
    svix.message.create(app, { eventType, payload: {}, channels })
  const one = await send('a', ['news'])
  const two = await send('b')
  const three = await send('c', ['news', 'x'])
  await allOver()
  const cases: [{ channel?: string; eventTypes?: string[] }, { id: string }[]][] = [
    [{}, [three, two, one]],
    [{ channel: 'news' }, [three, one]],
    [{ eventTypes: ['a'] }, [one]],
    [{ eventTypes: ['a', 'b'] }, [two, one]],
    [{ eventTypes: ['a', 'c'], channel: 'x' }, [three]],
  ]
  for (const [filters, expected] of cases) {
    const wanted = expected.map(({ id }) => id)
    for (const name of [endpoint.id, 'filtered']) {
      const made = await svix.messageAttempt.listByEndpoint(app, name, filters)
      // Three deliveries run at once: their attempts may be made in any order.
      assert.deepEqual(made.data.map(({ msgId }) => msgId).sort(), wanted.toSorted())
      const listed = await svix.messageAttempt.listAttemptedMessages(app, name, filters)
      assert.deepEqual(ids(listed), wanted)
    }
  }
})

test('59 status 0 lists what was delivered, 2 what is exhausted, 3 what has a retry due', async () => {
  const slow = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05,60' })
  const { app, endpoint, send } = await oneEndpoint(slow, {
    react: ({ body }, count) => {
      if (body.includes('"ok"') || (body.includes('"later"') && count > 3)) return {}
      const headers = { 'webhook-delivery': 'abort-message' }
      return body.includes('"never"') ? { status: 500, headers } : { status: 500 }
    },
  })
  const [ok, never, due, later] = [
    await send({ is: 'ok' }),
    await send({ is: 'never' }),
    await send({ is: 'due' }),
    await send({ is: 'later' }),
  ]
  const listed = (status: 0 | 1 | 2 | 3) =>
    slow.svix.messageAttempt.listAttemptedMessages(app, endpoint.id, { status })
  await until('three are over or wait for the long step', async () => {
    const [delivered, over, waiting] = [await listed(0), await listed(2), await listed(3)]
    const far = waiting.data.every(({ nextAttempt }) => Number(nextAttempt) > Date.now() + 10_000)
    return delivered.data.length === 2 && over.data.length === 1 && far
  })
  assert.deepEqual(ids(await listed(0)), [later.id, ok.id])
  assert.deepEqual(ids(await listed(2)), [never.id])
  const waiting = (await listed(3)).data
  assert.deepEqual(
    waiting.map(({ id, statusText }) => [id, statusText]),
    [[due.id, 'sending']],
  )
  assert.ok(waiting[0]!.nextAttempt! > new Date())
  assert.deepEqual(ids(await listed(1)), [])

  const createdBefore = new Date(Date.now() + 1000).toISOString()
  const path = `/app/${app}/endpoint/${endpoint.id}/cancel-msgs`
  assert.equal((await slow.call('POST', path, { createdBefore })).status, 204)
  assert.deepEqual(ids(await listed(3)), [])
  const cancelled = { status: 4, expandedStatuses: true } as const
  const { data } = await slow.svix.messageAttempt.listAttemptedMessages(app, endpoint.id, cancelled)
  assert.deepEqual(
    data.map(({ id, statusText }) => [id, statusText]),
    [[due.id, 'canceled']],
  )
})

test('60 attempted destinations list ascending, a since deleted endpoint included, forward and back', async () => {
  const { app, endpoint, receiver } = await oneEndpoint(bellwire)
  const { id: second } = await svix.endpoint.create(app, { url: receiver.url })
  const { id: third } = await svix.endpoint.create(app, { url: receiver.url })
  const message = await svix.message.create(app, { eventType: 'a.b', payload: {} })
  await allOver()
  await svix.endpoint.delete(app, second)
  const list = (options: { limit: number; iterator?: string }) =>
    svix.messageAttempt.listAttemptedDestinations(app, message.id, options)
  const all = await list({ limit: 10 })
  assert.deepEqual([ids(all), all.done], [[endpoint.id, second, third], true])
  assert.deepEqual(
    all.data.map(({ status, statusText }) => [status, statusText]),
    Array.from({ length: 3 }, () => [0, 'success']),
  )
  const first = await list({ limit: 2 })
  assert.deepEqual([ids(first), first.done], [[endpoint.id, second], false])
  const rest = await list({ limit: 2, iterator: first.iterator! })
  assert.deepEqual([ids(rest), rest.done], [[third], true])
  const back = await list({ limit: 2, iterator: `-${third}` })
  assert.deepEqual([ids(back), back.done], [[endpoint.id, second], true])
})

test('63 an expunged attempt has the response EXPUNGED; its headers were shown before', async () => {
  const { app, endpoint, send, attempted } = await oneEndpoint(bellwire, {
    react: () => ({ status: 200, body: 'private', headers: { 'x-request': '7' } }),
  })
  await svix.endpoint.setHeaders(app, endpoint.id, { headers: { 'X-Api-Key': 'k', 'X-A': 'a' } })
  const message = await send()
  const [attempt] = await attempted(message.id, 1)
  const path = `/app/${app}/msg/${message.id}/attempt/${attempt!.id}/headers`
  const { text, body } = await bellwire.call('GET', path)
  for (const part of [`"webhook-id":"${message.id}"`, '"X-A":"a"', '["x-request","7"]']) {
    assert.ok(text.includes(part), part)
  }
  assert.deepEqual(body['sensitive'], ['X-Api-Key'])
  assert.ok(!text.includes('"k"'))
  await svix.messageAttempt.expungeContent(app, message.id, attempt!.id)
  const shown = await svix.messageAttempt.listByMsg(app, message.id, { withContent: true })
  assert.equal(shown.data[0]!.response, 'EXPUNGED')
})
