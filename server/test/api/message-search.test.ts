import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ApplicationId, toUuid } from '../../src/domain/ids.ts'
import { MAX_READ, MAX_WALKED } from '../../src/store/message-search.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { moveMessage } from './seeded-attempts.ts'

const api = await startApi()
const newApp = async () => {
  const id = (await api.post('app', { name: 'app' })).body.id
  return { id, path: `app/${id}`, search: `app/${id}/msg/search` }
}
const app = await newApp()
type Found = { ids: string[]; iterator: string | null; prevIterator?: string; done: boolean }

async function search(body: object, { search: path } = app, token = api.token): Promise<Found> {
  const { status, body: answer, text } = await api.call({ method: 'POST', path, body, token })
  assert.equal(status, 200, text)
  const { iterator, prevIterator, done } = answer
  return { ids: answer.data.map(({ id }) => id), iterator, prevIterator, done }
}
const send = async (fields: object, { path } = app) =>
  (await api.post(`${path}/msg`, { eventType: 'a', payload: {}, ...fields })).body.id

const order = await send({
  eventType: 'order.paid',
  eventId: 'order-1',
  channels: ['eu'],
  tags: ['vip'],
  payload: { order: { id: 17, lines: [{ sku: 'B-1' }], note: 'Fragile goods' } },
})
const invoice = await send({ eventType: 'invoice.sent', channels: ['us'], payload: { total: 1.5 } })
const raw = await send({
  payload: {},
  transformationsParams: { rawPayload: 'not JSON \u0001 {', headers: { 'content-type': 'text/x' } },
})

for (const [name, body, expected] of [
  ['everything, newest first', {}, [raw, invoice, order]],
  ['a type', { event_types: ['order.paid', 'x'] }, [order]],
  ['a channel', { channel: 'us' }, [invoice]],
  ['a tag', { tag: 'vip' }, [order]],
  ['a type and another channel', { event_types: ['order.paid'], channel: 'us' }, []],
  ['an id', { id: invoice }, [invoice]],
  ['an eventId', { event_id: 'order-1' }, [order]],
  ['an id and its eventId', { id: order, event_id: 'order-1' }, [order]],
  ['an id and the eventId of another', { id: invoice, event_id: 'order-1' }, []],
  ['an unknown eventId', { event_id: 'order-2' }, []],
  ['a number in the payload', { payload: [{ path: 'order.id', value: 17 }] }, [order]],
  ['an element', { payload: [{ path: 'order.lines.0.sku', op: 'eq', value: 'B-1' }] }, [order]],
  ['a text', { payload: [{ path: ['order', 'note'], op: 'contains', value: 'goods' }] }, [order]],
  ['what is there', { payload: [{ path: 'total', op: 'exists' }] }, [invoice]],
  [
    'what is not there, where there is JSON',
    { payload: [{ path: 'total', op: 'exists', value: false }] },
    [order],
  ],
  [
    'a payload of a type',
    { event_types: ['invoice.sent'], payload: [{ path: 'total', value: 1.5 }] },
    [invoice],
  ],
  ['nothing', { payload: [{ path: 'total', value: '1.5' }] }, []],
] as const) {
  test(`${name} is found`, async () => {
    const found = await search(body)
    assert.deepEqual(found.ids, expected)
    assert.equal(found.done, true)
  })
}

test('payloads are shown when asked for', async () => {
  const body = (more: object) => api.post(app.search, { id: order, ...more })
  assert.deepEqual((await body({})).body.data[0]!['payload'], {})
  const [shown] = (await body({ with_content: true })).body.data
  assert.deepEqual(shown, (await api.get(`${app.path}/msg/${order}`)).body)
})

test('a window of time', async () => {
  const own = await newApp()
  const now = Date.now()
  const old: string[] = []
  for (const n of [1, 2, 3]) {
    old.push(await moveMessage(api.store, await send({}, own), new Date(now - n * 3_600_000)))
  }
  const at = (n: number) => new Date(now - n * 3_600_000).toISOString()
  assert.deepEqual((await search({ after: at(2), before: at(0.5) }, own)).ids, [old[0], old[1]])
  assert.deepEqual((await search({ before: at(2) }, own)).ids, [old[2]])
  assert.deepEqual((await search({ after: at(1) }, own)).ids, [old[0]])
})

test('an expunged payload is not found by what it said', async () => {
  const own = await newApp()
  const id = await send({ payload: { secret: 'x' } }, own)
  const body = { payload: [{ path: 'secret', value: 'x' }] }
  assert.deepEqual((await search(body, own)).ids, [id])
  await api.delete(`${own.path}/msg/${id}/content`)
  assert.deepEqual((await search(body, own)).ids, [])
})

test('pages go forth and back over exactly what matches', async () => {
  const own = await newApp()
  const ids: string[] = []
  for (let n = 0; n < 12; n++) {
    const id = await send({ tags: [n % 2 ? 'odd' : 'even'], payload: { odd: n % 2 === 1 } }, own)
    if (n % 2) ids.unshift(id)
  }
  for (const condition of [{ tag: 'odd' }, { payload: [{ path: 'odd', value: true }] }]) {
    const pages: Found[] = []
    for (let iterator: string | null = null; pages.at(-1)?.done !== true; ) {
      const page = await search({ ...condition, limit: 2, ...(iterator && { iterator }) }, own)
      iterator = page.iterator
      pages.push(page)
    }
    assert.deepEqual(
      pages.flatMap((page) => page.ids),
      ids,
    )
    const last = pages.findLast((page) => page.ids.length > 0)!
    const back = await search({ ...condition, limit: 2, iterator: last.prevIterator }, own)
    assert.deepEqual(back.ids, ids.slice(2, 4))
  }
})

test('what is rare is found in the end: each page says how far it looked', async () => {
  const own = await newApp()
  const rare = await send({ tags: ['rare'], payload: { rare: true } }, own)
  const extra = MAX_WALKED + 1_000
  await api.store.pool.query(
    `insert into message (id, application_id, event_type, payload, payload_expires_at)
     select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7000'
             || '8' || lpad(to_hex(n), 15, '0'))::uuid, a.id, 'filler', '{"rare":false}', now() + interval '1 day'
       from generate_series(1, $1) n, (select $2::uuid as id) a`,
    [extra, toUuid(own.id as ApplicationId)],
  )
  const walks = async (body: object) => {
    let pages = 0
    const found: string[] = []
    for (let iterator: string | null = null; ; ) {
      const page = await search({ ...body, ...(iterator && { iterator }) }, own)
      pages++
      found.push(...page.ids)
      if (page.done) return { pages, found }
      assert.notEqual(page.iterator, iterator, 'it goes on')
      iterator = page.iterator
    }
  }
  assert.deepEqual(await walks({ tag: 'rare' }), { pages: 2, found: [rare] })
  const read = await walks({ payload: [{ path: 'rare', value: true }] })
  assert.deepEqual(read.found, [rare])
  assert.ok(read.pages >= extra / MAX_READ - 1, String(read.pages))
  const both = { event_types: ['a'], payload: [{ path: 'rare', value: true }] }
  assert.deepEqual(await walks(both), { pages: 2, found: [rare] })
})

test('an application token searches its own application only; a read-only key may search', async () => {
  const stranger = await newApp()
  const token = await api.tokenOf(app.id, { readOnly: true })
  assert.deepEqual((await search({ tag: 'vip' }, app, token)).ids, [order])
  const foreign = { method: 'POST', path: stranger.search, body: {}, token }
  assert.equal((await api.call(foreign)).status, 404)
  assert.deepEqual((await search({ id: order }, stranger)).ids, [])
  assert.deepEqual((await search({ event_id: 'order-1' }, stranger)).ids, [])
  assert.equal((await search({ tag: 'vip' }, app, await api.keyOf('read-only'))).ids.length, 1)
})

const post = { method: 'POST', path: app.search, status: 422 }
const condition = (name: string, given: unknown, loc: string[]) => ({
  name,
  ...post,
  body: { payload: [given] },
  loc: ['body', 'payload', '[0]', ...loc],
})
testCases(api, [
  { name: 'a limit of 0 is refused', ...post, body: { limit: 0 }, loc: ['body', 'limit'] },
  { name: 'a limit of 251 is refused', ...post, body: { limit: 251 }, loc: ['body', 'limit'] },
  { name: 'no iterator', ...post, body: { iterator: 'BAD-$' }, loc: ['body', 'iterator'] },
  { name: 'no id', ...post, body: { id: 'order-1' }, loc: ['body', 'id'] },
  { name: 'no date', ...post, body: { before: 'soon' }, loc: ['body', 'before'] },
  { name: 'no list of types', ...post, body: { event_types: 'a' }, loc: ['body', 'event_types'] },
  {
    name: 'six conditions',
    ...post,
    body: { payload: Array(6).fill({ path: 'a', op: 'exists' }) },
    loc: ['body', 'payload'],
  },
  condition('an empty name', { path: 'a..b', value: 1 }, ['path']),
  condition('eleven steps', { path: Array(11).fill('a'), value: 1 }, ['path']),
  condition('an operator that is none', { path: 'a', op: 'matches', value: 1 }, ['op']),
  condition('an object as value', { path: 'a', value: {} }, ['value']),
  condition('no value', { path: 'a' }, ['value']),
  condition('existence that is neither', { path: 'a', op: 'exists', value: 1 }, ['value']),
])
