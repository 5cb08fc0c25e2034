// What the operator hears of endpoints and deliveries, as signed webhooks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'svix'
import { type Bellwire, startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { type Received, startReceiver } from '../receiver.ts'
import { never, until } from '../until.ts'

type Told = { type: string; data: Record<string, unknown> & { lastAttempt: Attempt } }
type Attempt = { id: string; responseStatusCode: number; timestamp: string }

/** A receiver of all operational webhooks, or of those of some types; each is verified. */
async function operator(bellwire: Bellwire, eventTypes?: string[]) {
  const receiver = await startReceiver()
  const { svix } = bellwire
  const endpoint = await svix.operationalWebhook.endpoint.create({
    url: receiver.url,
    ...(eventTypes && { eventTypes }),
  })
  const { key } = await svix.operationalWebhook.endpoint.getSecret(endpoint.id)
  const open = ({ body, headers }: Received) =>
    new Webhook(key).verify(body.toString(), headers as Record<string, string>)
  return {
    receiver,
    endpoint,
    /** In the order they were written, which is not always that of arrival. */
    heard: () =>
      receiver.received
        .toSorted((a, b) =>
          String(a.headers['webhook-id']) < String(b.headers['webhook-id']) ? -1 : 1,
        )
        .map((request) => {
          open(request)
          return JSON.parse(request.body.toString()) as Told
        }),
  }
}

test('71 creating, replacing, rotating and deleting an endpoint is told with its ids and uids', async () => {
  const bellwire = await startBellwire()
  const { svix } = bellwire
  const { heard } = await operator(bellwire)
  const app = await svix.application.create({ name: 'shop', uid: 'shop-1' })
  const endpointIn = { url: 'https://192.0.1.1/', uid: 'crm-1' }
  const { id } = await svix.endpoint.create('shop-1', endpointIn)
  await call(bellwire, 'PUT', `/app/${app.id}/endpoint/${id}`, endpointIn)
  await svix.endpoint.rotateSecret('shop-1', 'crm-1', {})
  await svix.endpoint.delete('shop-1', 'crm-1')
  await until('four have come', () => heard().length === 4)
  const data = { appId: app.id, appUid: 'shop-1', endpointId: id, endpointUid: 'crm-1' }
  assert.deepEqual(heard(), [
    { type: 'endpoint.created', data },
    { type: 'endpoint.updated', data },
    { type: 'endpoint.updated', data },
    { type: 'endpoint.deleted', data },
  ])
})

const call = async (bellwire: Bellwire, method: string, path: string, body: object) =>
  assert.ok((await bellwire.call(method, path, body)).status < 300)

test('72 a delivery that fails is told after the fourth attempt, and after the last', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05,0.05,0.05,0.05,0.05' })
  // These event types are there without anybody's making them.
  const { heard } = await operator(bellwire, [
    'message.attempt.failing',
    'message.attempt.exhausted',
    'message.attempt.recovered',
  ])
  const { svix } = bellwire
  const { app, endpoint, attempts } = await oneEndpoint(bellwire, {
    react: () => ({ status: 503 }),
  })
  const message = await svix.message.create(app, {
    eventType: 'a.b',
    eventId: 'event-1',
    payload: {},
  })
  await until('both have come', () => heard().length === 2)
  const made = await attempts(message.id)
  assert.equal(made.length, 6)
  const expected = (type: string, attempt: (typeof made)[number]) => ({
    type,
    data: {
      appId: app,
      msgId: message.id,
      msgEventId: 'event-1',
      endpointId: endpoint.id,
      lastAttempt: { id: attempt.id, responseStatusCode: 503, timestamp: attempt.timestamp },
    },
  })
  assert.deepEqual(heard(), [
    expected('message.attempt.failing', made[3]!),
    expected('message.attempt.exhausted', made[5]!),
  ])
  await never('another', () => heard().length > 2, 300)

  // Given up and then resent: that it arrived at last is told once.
  const mended = await startReceiver()
  await svix.endpoint.patch(app, endpoint.id, { url: mended.url })
  for (let count = 1; count <= 2; count++) {
    await svix.messageAttempt.resend(app, message.id, endpoint.id)
    await until('the resend is over', async () => (await attempts(message.id)).length === 6 + count)
  }
  await until('it is told', () => heard().length === 3)
  assert.equal(heard()[2]!.type, 'message.attempt.recovered')
  await never('a second recovery', () => heard().length > 3, 300)
})

test('a success after that is told as recovered, and other successes are not told', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05,0.05,0.05,0.05,0.05' })
  const { heard, receiver } = await operator(bellwire, [
    'message.attempt.failing',
    'message.attempt.exhausted',
    'message.attempt.recovered',
  ])
  const failures = { late: 4, soon: 3, never: 0 }
  const counts: Record<string, number> = {}
  const { send, ended } = await oneEndpoint(bellwire, {
    react: ({ body }) => {
      const { kind } = JSON.parse(body.toString()) as { kind: keyof typeof failures }
      counts[kind] = (counts[kind] ?? 0) + 1
      return { status: counts[kind] <= failures[kind] ? 500 : 204 }
    },
  })
  const late = await send({ kind: 'late' })
  await send({ kind: 'soon' })
  await send({ kind: 'never' })
  await until('both have come', () => receiver.received.length === 2)
  assert.deepEqual(await ended(), ['succeeded', 'succeeded', 'succeeded'])
  assert.deepEqual(
    heard().map(({ type, data }) => [type, data['msgId'], data.lastAttempt.responseStatusCode]),
    [
      ['message.attempt.failing', late.id, 500],
      ['message.attempt.recovered', late.id, 204],
    ],
  )
})

for (const [name, reaction, reason] of [
  ['410', { status: 410 }, 'gone'],
  ['a receiver that asks', { status: 200, headers: { 'webhook-delivery': 'disable' } }, 'receiver'],
] as const) {
  test(`${name} disables the endpoint, which is told and noted`, async () => {
    const bellwire = await startBellwire()
    const { heard } = await operator(bellwire, ['endpoint.disabled'])
    const { app, endpoint, send } = await oneEndpoint(bellwire, { react: () => reaction })
    await send()
    await until('it is told', () => heard().length === 1)
    const data = { appId: app, endpointId: endpoint.id, trigger: 'automatic', reason }
    assert.deepEqual(heard(), [{ type: 'endpoint.disabled', data }])
    const { body } = await bellwire.call('GET', '/audit-log?operation=endpoint.disabled')
    const [row] = body['data'] as { actor: object; target: object; after: object }[]
    assert.deepEqual(
      [row!.actor, row!.target, row!.after],
      [
        { kind: 'system', id: null, sessionId: null },
        { kind: 'endpoint', id: endpoint.id, uid: null },
        { disabled: true, disabledReason: reason },
      ],
    )
  })
}

const tooLong = { BELLWIRE_DISABLE_AFTER: '3600', BELLWIRE_RETRY_SCHEDULE: '' }

/** The time between failures is made by moving the first one back. Its note comes after its record. */
const passed = (bellwire: Bellwire, minutes: number) =>
  until('the first failure is noted', async () => {
    const { rowCount } = await bellwire.store.pool.query(
      "update endpoint_health set first_exhausted_at = first_exhausted_at - $1 * interval '1 minute'",
      [minutes],
    )
    return rowCount === 1
  })

test('an endpoint that failed for longer than the period is disabled, which is told', async () => {
  const bellwire = await startBellwire(tooLong)
  const { heard } = await operator(bellwire, ['endpoint.disabled'])
  const { endpoint, send, ended, shown } = await oneEndpoint(bellwire, {
    react: () => ({ status: 500 }),
  })
  await send()
  await ended()
  const first = Date.now() - 75 * 60_000
  await passed(bellwire, 75)
  await send()
  await until('it is told', () => heard().length === 1)
  const { type, data } = heard()[0]!
  assert.deepEqual([type, data['trigger']], ['endpoint.disabled', 'automatic'])
  assert.equal(data['endpointId'], endpoint.id)
  assert.ok(Math.abs(Date.parse(String(data['failSince'])) - first) < 30_000)
  assert.equal((await shown())['disabledReason'], 'failing')
})

for (const [name, minutes, between] of [
  ['a success in between', 75, true],
  ['a wait of more than twice the period', 130, false],
] as const) {
  test(`${name} leaves the endpoint enabled`, async () => {
    const bellwire = await startBellwire(tooLong)
    const { heard } = await operator(bellwire, ['endpoint.disabled'])
    const { receiver, send, ended, shown } = await oneEndpoint(bellwire, {
      react: () => ({ status: 500 }),
    })
    await send()
    await ended()
    await passed(bellwire, minutes)
    if (between) {
      receiver.react(() => ({}))
      await send()
      await ended()
      receiver.react(() => ({ status: 500 }))
    }
    await send()
    await ended()
    await never('it is told', () => heard().length > 0, 500)
    assert.equal((await shown())['disabled'], false)
  })
}

test('the trouble of an operational endpoint is told to nobody', async () => {
  const bellwire = await startBellwire()
  const { heard } = await operator(bellwire)
  const broken = await startReceiver(() => ({ status: 410 }))
  const { svix } = bellwire
  const deaf = await svix.operationalWebhook.endpoint.create({ url: broken.url })
  await svix.application.create({ name: 'app', uid: 'app-1' })
  await svix.endpoint.create('app-1', { url: 'https://192.0.1.1/' })
  await until('the deaf one is off', async () => {
    const { body } = await bellwire.call('GET', `/operational-webhook/endpoint/${deaf.id}`)
    return body['disabledReason'] === 'gone'
  })
  await until('all is over', async () => (await bellwire.pending()) === 0)
  assert.deepEqual(
    heard().map(({ type }) => type),
    ['endpoint.created'],
  )
})

test('the end of a background task is told with what it came to', async () => {
  const bellwire = await startBellwire()
  const { heard } = await operator(bellwire, ['background_task.finished'])
  const { app, endpoint } = await oneEndpoint(bellwire)
  const { body } = await bellwire.call(
    'POST',
    `/app/${app}/endpoint/${endpoint.id}/replay-missing`,
    {
      since: new Date(Date.now() - 3_600_000),
    },
  )
  await until('it is told', () => heard().length === 1)
  const { body: task } = await bellwire.call('GET', `/background-task/${String(body['id'])}`)
  assert.deepEqual(heard(), [
    {
      type: 'background_task.finished',
      data: {
        taskId: body['id'],
        task: 'endpoint.replay',
        status: 'finished',
        data: task['data'],
      },
    },
  ])
})
