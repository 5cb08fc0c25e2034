import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { asana } from '../providers/asana.ts'
import { github } from '../providers/github.ts'
import { hubspot } from '../providers/hubspot.ts'
import { slack } from '../providers/slack.ts'
import { stripe } from '../providers/stripe.ts'
import { memoryStore } from '../stores/memory.ts'
import type { WebhookError } from '../verification/webhook-error.ts'
import { createReceiver } from './create-receiver.ts'
import { hmac } from './hmac.ts'
import type { Store } from './store.ts'
import type {
  Outcome,
  QueuedEvent,
  ReceivedEvent,
  ReceiverOptions,
  SourceOptions,
} from './types.ts'

const SECRET = 'a-secret-of-some-length'
const at = new Date(1_700_000_000_000)
const clock = () => at
const Invoice = z.object({ object: z.object({ amount: z.number() }) })
const paid = (amount: unknown = 1, id = 'evt_1') => ({
  id,
  type: 'invoice.paid',
  data: { object: { amount } },
})
const errors = () => {
  const codes: string[] = []
  return { codes, onError: ({ code }: WebhookError) => void codes.push(code) }
}

function billing(given: Partial<ReceiverOptions<unknown>> = {}) {
  const { codes, onError } = errors()
  const sources = { billing: { provider: stripe, secrets: ['newer', SECRET] } }
  const store = memoryStore({ clock })
  const hooks = createReceiver({ onError, store, clock, ...given, sources })
  const send = async (payload: unknown = paid()) =>
    await hooks.receive(await hooks.testing.sign('billing', payload, { secret: SECRET }))
  return { hooks, send, codes }
}

const statusOf = ({ outcome, response }: Outcome) => `${outcome} ${response.status}`

test('an event is handled once; its repeat is answered alike and not handled', async () => {
  const { hooks, send } = billing()
  const seen: unknown[] = []
  hooks.on('billing:invoice.paid', (event, { attempt }) => {
    seen.push([event.id, event.type, event.source, event.verification.secretIndex, attempt])
  })
  assert.equal(statusOf(await send()), 'handled 200')
  assert.equal(statusOf(await send()), 'duplicate 200')
  assert.deepEqual(seen, [['evt_1', 'invoice.paid', 'billing', 1, 1]])
})

test('50 at once run one handler; the others are told to come again, never 200', async () => {
  const { hooks, send } = billing()
  let runs = 0
  let answered = 0
  const told = Promise.withResolvers<void>()
  hooks.on('billing:*', async () => {
    runs++
    await told.promise
  })
  const one = async () => {
    const outcome = await send()
    if (++answered === 49) told.resolve()
    return outcome
  }
  const outcomes = await Promise.all(Array.from({ length: 50 }, one))
  assert.equal(runs, 1)
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'handled').length, 1)
  const others = outcomes.filter(({ outcome }) => outcome !== 'handled')
  assert.deepEqual([...new Set(others.map(statusOf))], ['in_progress 503'])
  assert.match(others[0]!.response.headers.get('retry-after')!, /^\d+$/)
  assert.equal(statusOf(await send()), 'duplicate 200')
})

test('what a handler throws is 500, and the retry runs it again', async () => {
  const { hooks, send, codes } = billing()
  const attempts: (number | null)[] = []
  hooks.on('billing:invoice.paid', (_event, { attempt }) => {
    attempts.push(attempt)
    if (attempts.length < 3) throw new Error('no database')
  })
  assert.equal(statusOf(await send()), 'failed 500')
  assert.equal(statusOf(await send()), 'failed 500')
  assert.equal(statusOf(await send()), 'handled 200')
  assert.deepEqual(attempts, [1, 2, 3])
  assert.deepEqual(codes, ['handler_failed', 'handler_failed'])
})

test('a handler that is too slow is 503 and aborted; until it ends no second one starts', async () => {
  const { hooks, send, codes } = billing({ limits: { handlerSeconds: 0.05 } })
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const reasons: unknown[] = []
  hooks.on('billing:invoice.paid', async (_event, { signal }) => {
    signal.addEventListener('abort', () => reasons.push((signal.reason as WebhookError).code))
    await ended
  })
  assert.equal(statusOf(await send()), 'failed 503')
  assert.deepEqual(reasons, ['handler_timeout'])
  assert.equal(statusOf(await send()), 'in_progress 503')
  end()
  await sleep(5)
  assert.equal(statusOf(await send()), 'duplicate 200')
  assert.deepEqual(codes, ['handler_timeout', 'in_progress'])
})

test('a store that fails is 503: better twice than never', async () => {
  for (const broken of ['reserve', 'complete'] as const) {
    const store: Store = {
      ...memoryStore(),
      [broken]: async () => Promise.reject(new Error('away')),
    }
    const { hooks, send, codes } = billing({ store })
    let runs = 0
    hooks.on('billing:*', () => void runs++)
    assert.equal(statusOf(await send()), 'failed 503')
    assert.deepEqual(codes, ['store_unavailable'])
    assert.equal(runs, broken === 'reserve' ? 0 : 1)
  }
})

test('forged, stale and unsigned requests run nothing and look alike', async () => {
  const { hooks, codes } = billing()
  let runs = 0
  hooks.on('billing:*', () => void runs++)
  const bodies = new Set<string>()
  for (const broken of ['signature', 'stale', 'unsigned'] as const) {
    const request = await hooks.testing.sign('billing', paid(), { break: broken })
    const { outcome, response } = await hooks.receive(request)
    assert.equal(outcome, 'rejected')
    bodies.add(`${response.status} ${await response.text()}`)
  }
  assert.deepEqual([...bodies], ['401 {"code":"unauthorized"}'])
  assert.deepEqual(codes, ['signature_mismatch', 'timestamp_too_old', 'signature_missing'])
  assert.equal(runs, 0)
})

test('a receiver that could verify nothing cannot be built', () => {
  const build = (source: SourceOptions, more: object = {}) =>
    createReceiver({ sources: { one: source }, store: memoryStore(), ...more })
  for (const secrets of [[], [undefined], ['']]) {
    assert.throws(() => build({ provider: github, secrets }), {
      code: 'secret_missing',
      message: /Source "one"/,
    })
  }
  assert.throws(() => build({ provider: asana, secrets: [] }), { code: 'secret_missing' })
  build({ provider: asana, secrets: [], onSecret: async () => {} })
  const right = { provider: github, secrets: [SECRET] }
  assert.throws(() => build(right, { acknowledge: 'first' }), TypeError)
  assert.throws(() => build(right, { limits: { handlerSeconds: 60 } }), RangeError)
  assert.throws(() => build({ ...right, variant: 'v9' }), RangeError)
})

test('data is what the schema makes of it; what it refuses is quarantined, or 422', async () => {
  const issues: string[] = []
  const { onError } = errors()
  const options = {
    store: memoryStore({ clock }),
    clock,
    onError,
    onInvalid: (event: ReceivedEvent, found: readonly { message: string }[]) =>
      void issues.push(`${event.id} ${found.length}`),
  }
  const schema = z.object({ data: Invoice }).transform(async ({ data }) => data.object.amount * 2)
  const sources = {
    billing: {
      provider: stripe,
      secrets: [SECRET],
      events: { 'invoice.paid': schema, 'customer.*': z.object({ id: z.string() }) },
    },
  }
  const hooks = createReceiver({ ...options, sources })
  const seen: unknown[] = []
  hooks.on('billing:invoice.paid', (event) => void seen.push(event.data.toFixed(1)))
  hooks.on('billing:customer.created', (event) => void seen.push(event.data.id.length))
  const send = async (payload: unknown, to = hooks) =>
    statusOf(await to.receive(await to.testing.sign('billing', payload)))
  assert.equal(await send(paid(21)), 'handled 200')
  assert.equal(await send({ id: 'cus_1', type: 'customer.created' }), 'handled 200')
  assert.deepEqual(seen, ['42.0', 5])
  assert.equal(await send(paid('x', 'evt_2')), 'ignored 200')
  assert.deepEqual(issues, ['evt_2 1'])
  assert.equal(await send({ id: 'evt_3', type: 'other' }), 'ignored 200')

  const strict = createReceiver({
    ...options,
    sources,
    invalidEvent: 'reject',
    unknownEvent: 'reject',
  })
  assert.equal(await send(paid('x', 'evt_4'), strict), 'rejected 422')
  assert.equal(await send({ id: 'evt_5', type: 'other' }, strict), 'rejected 422')
})

test('acknowledge: "first" answers once the event is kept, and the handler runs from what was kept', async () => {
  const queue: string[] = []
  let isDown = true
  const { hooks, send, codes } = billing({
    acknowledge: 'first',
    enqueue: async (event) => {
      if (isDown) throw new Error('queue away')
      queue.push(JSON.stringify(event))
    },
  })
  const seen: unknown[] = []
  hooks.on('billing:invoice.paid', (event) => {
    seen.push([event.id, event.at, event.data, new TextDecoder().decode(event.raw), event.json()])
    if (seen.length === 1) throw new Error('first run')
  })
  assert.equal(statusOf(await send(paid('ä😀'))), 'failed 503')
  isDown = false
  assert.equal(statusOf(await send(paid('ä😀'))), 'handled 200')
  assert.equal(statusOf(await send(paid('ä😀'))), 'duplicate 200')
  assert.deepEqual([seen.length, queue.length], [0, 1])
  const kept = JSON.parse(queue[0]!) as QueuedEvent
  await assert.rejects(hooks.process(kept), { message: 'first run' })
  await hooks.process(kept)
  const body = paid('ä😀')
  assert.deepEqual(seen[1], ['evt_1', null, body, JSON.stringify(body), body])
  assert.deepEqual(codes, ['store_unavailable'])
})

test('a body that lists events gives each its own run', async () => {
  const { onError } = errors()
  const source = { provider: hubspot, secrets: [SECRET], url: 'https://a.example/h' }
  const options = { store: memoryStore({ clock }), clock, onError }
  const hooks = createReceiver({ ...options, sources: { crm: source } })
  const item = (eventId: number, attemptNumber = 0) => ({
    eventId,
    subscriptionId: 1,
    occurredAt: 1_700_000_000_000,
    subscriptionType: 'contact.creation',
    attemptNumber,
  })
  const seen: unknown[] = []
  let isBroken = true
  hooks.on('crm:contact.creation', (event) => {
    const { eventId } = event.data as { eventId: number }
    if (eventId === 2 && isBroken) throw new Error('once')
    seen.push(eventId)
  })
  const send = async (payload: unknown) =>
    statusOf(await hooks.source('crm').receive(await hooks.testing.sign('crm', payload)))
  assert.equal(await send([item(1), item(2), item(3)]), 'failed 500')
  isBroken = false
  assert.equal(await send([item(1, 1), item(2, 1), item(3, 1)]), 'handled 200')
  assert.deepEqual(seen, [1, 3, 2])
})

test('handshakes are answered and are no events; other methods are 405, other paths 404', async () => {
  const { onError } = errors()
  const kept: string[] = []
  const hooks = createReceiver({
    store: memoryStore({ clock }),
    clock,
    onError,
    sources: {
      chat: { provider: slack, secrets: [SECRET] },
      tasks: { provider: asana, secrets: [], onSecret: async (secret) => void kept.push(secret) },
    },
  })
  hooks.on('chat:*', () => assert.fail('a handshake is no event'))
  const payload = { type: 'url_verification', challenge: 'c1' }
  const outcome = await hooks.receive(await hooks.testing.sign('chat', payload))
  assert.equal(statusOf(outcome), 'handshake 200')
  assert.equal(await outcome.response.text(), 'c1')
  const url = 'https://a.example/hooks/tasks'
  const headers = { 'X-Hook-Secret': 's1' }
  const { response } = await hooks.receive(new Request(url, { method: 'POST', headers }))
  assert.equal(response.headers.get('x-hook-secret'), 's1')
  assert.deepEqual(kept, ['s1'])
  assert.equal((await hooks.fetch(new Request(url))).status, 405)
  for (const path of ['nobody', '', '__proto__', '%E0%A4%A']) {
    assert.equal((await hooks.fetch(new Request(`https://a.example/hooks/${path}`))).status, 404)
  }
})

test('the type and the id of a header-named provider are signed for tests too', async () => {
  const { onError } = errors()
  const sources = { code: { provider: github, secrets: [SECRET] } }
  const hooks = createReceiver({ store: memoryStore({ clock }), clock, onError, sources })
  const seen: unknown[] = []
  hooks.on('code:issues.opened', (event) => void seen.push([event.id, event.type]))
  const options = { id: 'd1', type: 'issues' }
  await hooks.fetch(await hooks.testing.sign('code', { action: 'opened' }, options))
  assert.deepEqual(seen, [['d1', 'issues.opened']])
  await assert.rejects(hooks.testing.sign('code', {}, { break: 'stale' }), TypeError)
})

test('what cannot be read after a good signature is 400 and runs nothing', async () => {
  const { codes, onError } = errors()
  const provider = hmac({ header: 'x-sig', encoding: 'hex' })
  const sources = { orders: { provider, secrets: [SECRET], id: '/id', type: '/kind' } }
  const hooks = createReceiver({ store: memoryStore({ clock }), clock, onError, sources })
  hooks.on('orders:*', () => assert.fail('it cannot be read'))
  const response = await hooks.fetch(await hooks.testing.sign('orders', '{"id":'))
  assert.equal(response.status, 400)
  assert.deepEqual(codes, ['payload_unreadable'])
})

test('a body over the limit is 413', async () => {
  const { hooks, codes } = billing({ limits: { body: 10 } })
  const response = await hooks.fetch(await hooks.testing.sign('billing', paid()))
  assert.equal(response.status, 413)
  assert.deepEqual(codes, ['body_too_large'])
})
