// A filter that finds little in a long history: pages come short, lead on, and lose nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeOf, toId, toUuid } from '../../src/domain/ids.ts'
import { MOST_PROBED, MOST_READ } from '../../src/store/walk.ts'
import { startApi } from './api.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const endpoint = (await api.post(`${app}/endpoint`, { url: 'https://example.com', disabled: true }))
  .body.id

const ROWS = 2 * MOST_READ + 100
/** By their number, the oldest first: near the old end, in the middle, on the last row of a page. */
const TAGGED = [7, ROWS - MOST_PROBED, ROWS - MOST_READ, ROWS - 3]
const START_MS = Date.now() - 3600_000

/** One message a millisecond, each with a delivery and an attempt; every thousandth is on its way. */
await api.store.pool.query(
  `with made as materialized (
     select n, (lpad(to_hex($1::bigint + n), 12, '0') || '7000' || '8' || substr(md5(n::text), 1, 15))::uuid as id
       from generate_series(1, $2::int) n
   ), messages as (
     insert into message (id, application_id, event_type, tags, payload, payload_expires_at)
     select id, $3, case when n = any ($5::int[]) then 'rare' else 'usual' end,
            case when n = any ($5::int[]) then array['rare'] end, '{}', now() + interval '1 day' from made
   ), pending as (
     insert into pending_delivery (message_id, endpoint_id, resend, due_at)
     select id, $4, run, now() + interval '1 day' from made, generate_series(0, 1) run where n % 1000 = 0
   ), finished as (
     insert into finished_delivery (message_id, endpoint_id, status, attempts)
     select id, $4, 1, 1 from made where n % 1000 <> 0
   )
   insert into attempt (id, message_id, endpoint_id, resend, succeeded, url, response_status, duration_ms)
   select id, id, $4, 0, true, 'https://example.com', 200, 1 from made`,
  [
    START_MS,
    ROWS,
    toUuid(app.slice(4) as `app_${string}`),
    toUuid(endpoint as `ep_${string}`),
    TAGGED,
  ],
)
const { rows } = await api.store.pool.query<{ id: string }>(
  `select id from message where tags is not null order by id desc`,
)
const rare = rows.map(({ id }) => ({ msg: toId('message', id), atmpt: toId('attempt', id) }))
const end = timeOf(rare.at(-1)!.msg).toISOString()

const LISTS = [
  { path: `${app}/msg`, kind: 'msg', most: MOST_READ },
  { path: `${app}/attempt/endpoint/${endpoint}`, kind: 'atmpt', most: MOST_PROBED },
  { path: `${app}/endpoint/${endpoint}/msg`, kind: 'msg', most: MOST_PROBED },
] as const

for (const { path, kind, most } of LISTS) {
  const what = path.split('/').slice(2).join('/').replace(endpoint, '…')
  const ids = rare.map((each) => each[kind])

  test(`${what}: what is rare is found on the way to the end, each once`, async () => {
    const { found, pages } = await follow(`${path}?tag=rare`, 'iterator')
    assert.deepEqual(found, ids)
    assert.ok(pages >= ROWS / most, `${pages} pages`)
  })

  test(`${what}: and from the old end on, in the same order within a page`, async () => {
    const { found } = await follow(`${path}?tag=rare&after=${end}`, 'prevIterator')
    assert.deepEqual(found, ids.toReversed())
  })

  test(`${what}: an empty page leads on and back`, async () => {
    const first = (await api.get(`${path}?tag=none`)).body
    assert.deepEqual([first.data, first.done], [[], false])
    assert.equal(first.prevIterator, `-${first.iterator}`)
    const back = await follow(`${path}?tag=rare&iterator=${first.prevIterator}`, 'prevIterator')
    const newer = ids.filter((id) => id > (first.iterator ?? ''))
    assert.deepEqual(back.found, newer.toReversed())
  })

  test(`${what}: a rare event type needs no second page`, async () => {
    const { body } = await api.get(`${path}?event_types=rare,none`)
    assert.deepEqual(
      body.data.map(({ id }) => id),
      ids,
    )
    assert.equal(body.done, true)
  })
}

test('what waits is found through all its runs, once, by its state', async () => {
  const path = `${app}/endpoint/${endpoint}/msg?status=1&limit=7`
  const down = await follow(path, 'iterator')
  assert.equal(down.found.length, Math.floor(ROWS / 1000))
  assert.equal(new Set(down.found).size, down.found.length)
  const up = await follow(`${path}&after=${end}`, 'prevIterator')
  assert.deepEqual(up.found, down.found.toReversed())
})

test('a count that looked no further says so', async () => {
  const count = `${app}/attempt/endpoint/${endpoint}/count`
  assert.deepEqual((await api.get(`${count}?tag=none`)).body, { count: 0, approximated: true })
  assert.deepEqual((await api.get(`${count}?event_types=rare`)).body, {
    count: TAGGED.length,
    approximated: false,
  })
})

/** All pages in one direction; what they hold in the order of travel. */
async function follow(path: string, by: 'iterator' | 'prevIterator') {
  const found: string[] = []
  let next = path
  for (let pages = 1; ; pages++) {
    assert.ok(pages < 100, 'it never ends')
    const { body } = await api.get(next)
    const ids = body.data.map(({ id }) => String(id))
    found.push(...(by === 'iterator' ? ids : ids.toReversed()))
    if (body.done) return { found, pages }
    assert.ok(body[by], 'a page that is not the last leads on')
    next = `${path.replace(/&(iterator|after)=[^&]*/g, '')}&iterator=${body[by]}`
  }
}
