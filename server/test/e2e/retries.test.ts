// When a delivery is tried again, and what ends that.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { never, until } from '../until.ts'

const FAIL = { status: 500 }

test('a delivery that fails twice is tried by the schedule until it succeeds', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05,1.2' })
  const { receiver, send, attempted, ended } = await oneEndpoint(bellwire, {
    react: (_, count) => (count <= 2 ? FAIL : { status: 200 }),
  })
  const message = await send({ n: 1 })
  const made = await attempted(message.id, 3)
  assert.deepEqual(await ended(), ['succeeded'])
  assert.deepEqual(
    made.map(({ status, statusText, responseStatusCode }) => [
      status,
      statusText,
      responseStatusCode,
    ]),
    [
      [2, 'fail', 500],
      [2, 'fail', 500],
      [0, 'success', 200],
    ],
  )
  assert.equal(receiver.received.length, 3)
  for (const { headers, body } of receiver.received) {
    assert.equal(headers['webhook-id'], message.id)
    assert.equal(body.toString(), '{"n":1}')
  }
  const [first, second, third] = receiver.received.map(({ at }) => at)
  assert.ok(second! - first! >= 45 && third! - second! >= 1_080, 'by the schedule, less a tenth')
  const stamps = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']))
  assert.ok(stamps[2]! > stamps[0]!, 'each attempt is signed for its own moment')
  const times = made.map(({ timestamp }) => Date.parse(timestamp))
  assert.ok(times[0]! < times[1]! && times[1]! < times[2]!)
})

test('an empty schedule means exactly one attempt', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
  const { receiver, send, ended } = await oneEndpoint(bellwire, { react: () => FAIL })
  await send()
  assert.deepEqual(await ended(), ['exhausted'])
  assert.equal(receiver.received.length, 1)
})

test('77 429 with Retry-After: 2 is not tried again within these seconds', async () => {
  const bellwire = await startBellwire()
  const { receiver, send, ended } = await oneEndpoint(bellwire, {
    react: (_, count) => (count === 1 ? { status: 429, headers: { 'retry-after': '2' } } : {}),
  })
  await send()
  await until('the second attempt', () => receiver.received.length === 2)
  const [first, second] = receiver.received
  assert.ok(second!.at - first!.at >= 2_000, `${second!.at - first!.at} ms`)
  assert.deepEqual(await ended(), ['succeeded'])
})

test('a retry is made within 250 ms of its time', async (t) => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '1.2,1.2,1.2,1.2,1.2' })
  const { receiver, send, ended } = await oneEndpoint(bellwire, { react: () => FAIL })
  await send()
  await ended()
  const times = receiver.received.map(({ at }) => at)
  const waits = times.slice(1).map((at, index) => Math.round(at - times[index]!))
  t.diagnostic(`asked for 1200 ms ± 10 %, waited ${waits.join(', ')} ms`)
  // The poll alone would make each of them 2 s; a machine that is busy for a moment, one or two.
  const median = waits.toSorted((a, b) => a - b)[2]!
  assert.ok(median < 1_320 + 250, `median ${median} ms`)
})

test('76 `webhook-delivery: abort-message` ends the retries of that message only', async () => {
  const bellwire = await startBellwire()
  const { receiver, send, ended, shown } = await oneEndpoint(bellwire, {
    react: ({ body }) =>
      body.includes('abort') ? { ...FAIL, headers: { 'webhook-delivery': 'abort-message' } } : FAIL,
  })
  await send({ abort: true })
  await send({})
  assert.deepEqual(await ended(), ['aborted', 'exhausted'])
  const aborted = receiver.received.filter(({ body }) => body.includes('abort'))
  assert.deepEqual([aborted.length, receiver.received.length], [1, 4])
  assert.equal((await shown())['disabled'], false)
})

for (const [name, reaction, reason] of [
  ['410', { status: 410 }, 'gone'],
  [
    '500 with `webhook-delivery: disable`',
    { status: 500, headers: { 'webhook-delivery': 'disable' } },
    'receiver',
  ],
] as const) {
  test(`76 ${name} switches the endpoint off at once, and nothing more is sent to it`, async () => {
    const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '3' })
    const { receiver, send, ended, shown } = await oneEndpoint(bellwire, {
      react: (_, count) => (count === 1 ? FAIL : reaction),
    })
    await send({ waits: true })
    await until('the first attempt', () => receiver.received.length === 1)
    await send()
    const off = await until('the endpoint is off', async () => {
      const endpoint = await shown()
      return endpoint['disabled'] === true && endpoint
    })
    assert.equal(off['disabledReason'], reason)
    await send({ later: true })
    // What was waiting for its retry ends with the reason; the later message has no delivery at all.
    assert.deepEqual(await ended(), ['endpoint_disabled', 'endpoint_disabled'])
    assert.equal(receiver.received.length, 2)
  })
}

test('80 a resend that fails leaves the schedule as it was, one that succeeds ends it', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '3' })
  const { svix, pending } = bellwire
  const { app, endpoint, receiver, send, attempted, ended } = await oneEndpoint(bellwire, {
    react: () => FAIL,
  })
  const failing = await send()
  await attempted(failing.id, 1)
  await svix.messageAttempt.resend(app, failing.id, endpoint.id)
  const two = await attempted(failing.id, 2)
  assert.equal(two[1]!.triggerType, 1)
  assert.equal(await pending(), 1, 'the schedule goes on')
  const three = await attempted(failing.id, 3)
  assert.deepEqual([three[2]!.triggerType, await ended()], [0, ['exhausted']])

  const recovering = await send()
  await attempted(recovering.id, 1)
  receiver.react(() => ({}))
  await svix.messageAttempt.resend(app, recovering.id, endpoint.id)
  await attempted(recovering.id, 2)
  assert.equal(await pending(), 0, 'nothing is left to try')
  assert.deepEqual(await ended(), ['exhausted', 'succeeded'])
  await never('another attempt', () => receiver.received.length > 5, 300)
})

test('a success with `webhook-delivery: disable` is a success, and the last one', async () => {
  const bellwire = await startBellwire()
  const { send, ended, shown } = await oneEndpoint(bellwire, {
    react: () => ({ status: 200, headers: { 'webhook-delivery': 'disable' } }),
  })
  await send()
  const off = await until('the endpoint is off', async () => {
    const endpoint = await shown()
    return endpoint['disabled'] === true && endpoint
  })
  assert.equal(off['disabledReason'], 'receiver')
  assert.deepEqual(await ended(), ['succeeded'])
})
