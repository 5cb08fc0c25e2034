// Orders of a shop: signed, held against a schema, retried, sent no faster than agreed, handled once,
// and looked at.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { BellwireError } from '@bellwire/sdk/client'
import { story } from '../shared/story.ts'
import { until } from '../shared/until.ts'
import { attemptsOf, type Order, orderCreated, register, SHOP, setUp, toMessage } from './shop.ts'
import { createWarehouse } from './warehouse.ts'

const ORDER = { order_id: '12345', customer_id: '67890', total_amount: 150.0 }
const AT = new Date('2023-10-05T14:48:00.000Z')

const STORY = {
  title: 'Shop: an order reaches the warehouse, once and whole',
  about: 'A shop tells a warehouse of each order, whatever goes wrong on either side.',
}

await story(STORY, async (stage) => {
  const { bellwire, receiver, step, say, show } = stage
  const { client } = bellwire
  const queue = await stage.folder()
  const packed: string[] = []
  const refusals: string[] = []
  const gate = await receiver('The warehouse', (request, response) =>
    warehouse.listener(request, response),
  )

  step('The shop describes its event, and registers the warehouse')
  await setUp(client)
  const secret = await register(client, { uid: 'warehouse', url: `${gate.url}/hooks/orders` })
  const warehouse = createWarehouse({
    secret,
    queue,
    pack: async ({ order_id }) => void packed.push(order_id),
    refused: (reason) => refusals.push(reason),
  })
  say('Both know a secret (whsec_…) now, and nobody else does.')

  step('A payload with a mistake is refused, and the shop is told where it is')
  const wrong = { ...ORDER, total_amount: '150.00' } as unknown as Order
  const refusal = await orderCreated(client, wrong).then(
    () => assert.fail('it was taken'),
    (error: unknown) => error,
  )
  assert.ok(refusal instanceof BellwireError)
  const [problem] = refusal.problems
  say(`${refusal.status}: ${problem!.loc.join('.')}: ${problem!.msg}`)
  assert.equal(refusal.status, 422)
  assert.deepEqual(problem!.loc, ['body', 'payload', 'total_amount'])

  step('An order is made')
  const { id } = await orderCreated(client, ORDER, AT)
  const first = await gate.next()
  assert.equal(first.status, 200)
  assert.deepEqual(JSON.parse(first.body), {
    ...{ event_type: 'order_created', timestamp: AT.toISOString() },
    ...ORDER,
  })
  assert.deepEqual([packed, (await readdir(queue)).length], [[], 1])
  say('The answer was quick: the order is in the queue, and not packed yet.')
  await warehouse.work()
  assert.deepEqual([packed, (await readdir(queue)).length], [['12345'], 0])
  say('Now it is packed.')

  step('Somebody changes an order on its way: the signature gives it away')
  const changed = first.body.replace('67890', '66666')
  const forged = await fetch(`${gate.url}/hooks/orders`, {
    method: 'POST',
    headers: webhookHeaders(first.headers),
    body: changed,
  })
  assert.equal((await gate.next()).body, changed)
  assert.deepEqual([forged.status, refusals], [401, ['signature_mismatch']])
  say('Refused: signature_mismatch. The queue is empty.')
  assert.deepEqual(await readdir(queue), [])

  step('The same order comes again')
  await assert.rejects(orderCreated(client, ORDER, AT), { code: 'conflict' })
  say('Told by the shop once more: refused with "conflict".')
  const toWarehouse = { app_id: SHOP, msg_id: id, endpoint_id: 'warehouse' }
  const resend = '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend'
  await client.request('POST', resend, { params: toWarehouse })
  const again = await gate.next()
  assert.equal(again.headers['webhook-id'], first.headers['webhook-id'])
  assert.equal(again.status, 200)
  await warehouse.work()
  assert.deepEqual(packed, ['12345'])
  say('Sent to the warehouse once more: answered with 200, and not packed twice.')

  step('The warehouse is down for a moment when the next order comes')
  await gate.stop()
  const { id: late } = await orderCreated(client, { ...ORDER, order_id: '12346' })
  await until('an attempt failed', async () => (await attemptsOf(client, late)).length > 0)
  await gate.start()
  assert.equal(JSON.parse((await gate.next()).body).order_id, '12346')
  const attempts = await until('it succeeded', async () => {
    const all = await attemptsOf(client, late)
    return all.at(-1)?.statusText === 'success' && all
  })
  say('Its attempts, as Bellwire lists them:')
  for (const { timestamp, failure, responseStatusCode, responseDurationMs } of attempts) {
    say(`${timestamp}  ${failure?.message ?? `${responseStatusCode} in ${responseDurationMs} ms`}`)
  }
  assert.equal(attempts[0]!.failure?.code, 'connect_failed')
  assert.equal(attempts.at(-1)!.responseStatusCode, 200)

  step('A sale: twenty orders at once, and the warehouse takes five a second')
  const before = gate.received.length
  const startedAt = performance.now()
  const messages = Array.from({ length: 20 }, (_, n) =>
    toMessage({ ...ORDER, order_id: String(20_000 + n) }),
  )
  const { results } = await client.request('POST', '/api/v1/app/{app_id}/msg/batch', {
    params: { app_id: SHOP },
    body: { messages },
  })
  assert.ok(results.every(({ status }) => status === 202))
  const { status } = await client.request(
    'GET',
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/rate-limit-status',
    { params: { app_id: SHOP, endpoint_id: 'warehouse' } },
  )
  await until('all twenty arrived', () => gate.received.length >= before + 20)
  const seconds = (gate.received.at(-1)!.at - startedAt) / 1000
  say(`The endpoint says ${status}. It took ${seconds.toFixed(1)} s until all twenty were there.`)
  assert.equal(status, 'RateLimited')
  assert.ok(seconds > 3.6, 'the last one is 19 fifths of a second behind the first')
  await warehouse.work()
  assert.equal(packed.length, 22)
  assert.equal(new Set(packed).size, 22)

  step('What exactly is sent? A bin beside the warehouse keeps whatever arrives')
  const bin = await client.request('POST', '/api/v1/bin', { body: { name: 'orders' } })
  const binSecret = await register(client, { uid: 'bin', url: `${bin.url}/orders` })
  await orderCreated(client, { ...ORDER, order_id: '12347' })
  const { data } = await client.request('GET', '/api/v1/bin/{bin_id}/wait', {
    params: { bin_id: bin.id },
    query: { after: 0, timeout: 30 },
  })
  const [capture] = data
  const { method, target, headers } = capture!
  const body = Buffer.from(capture!.body.base64, 'base64').toString()
  const { status: answered } = capture!.answer
  assert.ok(answered !== null)
  show('The bin', { method, target, headers: Object.fromEntries(headers), body, status: answered })
  assert.equal(JSON.parse(body).order_id, '12347')
  const verify = '/api/v1/bin/{bin_id}/capture/{capture_id}/verify'
  const { verdict } = await client.request('POST', verify, {
    params: { bin_id: bin.id, capture_id: capture!.id },
    body: { provider: 'standard-webhooks', secret: binSecret },
  })
  say(`Bellwire looks at it with the secret of the bin: the signature is ${verdict}.`)
  assert.equal(verdict, 'valid')
})

function webhookHeaders(headers: object): [string, string][] {
  return Object.entries(headers).filter(([name]) => name.startsWith('webhook-'))
}
