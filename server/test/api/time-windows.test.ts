import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPartitions } from '../../src/store/partitions.ts'
import { startApi } from './api.ts'
import { answered, moveMessage, seedAttempts } from './seeded-attempts.ts'

const api = await startApi()
const { store } = api
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url, disabled: true })).body.id

const DAY_MS = 24 * 3600 * 1000
const start = Date.now()
/** Index 0 is the oldest: long ago, then one a minute, the last ten minutes ago. */
const TIMES = [
  ...[200, 150, 100].map((days) => new Date(start - days * DAY_MS)),
  ...[14, 13, 12, 11, 10].map((minutes) => new Date(start - minutes * 60_000)),
]
const messages: string[] = []
for (const time of TIMES) {
  await createPartitions(store.pool, time)
  const { id } = (await api.post(`${app}/msg`, { eventType: 'a', payload: {} })).body
  messages.push(await moveMessage(store, id, time))
}
const outcome = answered(200)
const attempts = await seedAttempts(
  store,
  TIMES.map((at, index) => ({ message: messages[index]!, endpoint, outcome, at })),
)

const LISTS: [string, string[]][] = [
  [`${app}/msg`, messages],
  [`${app}/attempt/endpoint/${endpoint}`, attempts],
]
const at = (index: number, offsetMs = 0) =>
  encodeURIComponent(new Date(TIMES[index]!.getTime() + offsetMs).toISOString())

for (const [path, ids] of LISTS) {
  const what = path.split('/')[2]
  const page = async (query: string) => (await api.get(`${path}?${query}`)).body
  /** Indexes of what is shown. */
  const shown = ({ data }: Awaited<ReturnType<typeof page>>) =>
    data.map(({ id }) => ids.indexOf(id))
  const check = (fact: string, query: string, expected: number[], done = true) =>
    test(`${what}: ${fact}`, async () => {
      const body = await page(query)
      assert.deepEqual([shown(body), body.done], [expected, done])
    })

  check('90 days back from now without a date', '', [7, 6, 5, 4, 3])
  check('before is exclusive', `before=${at(5)}`, [4, 3])
  check('before a millisecond later includes', `before=${at(5, 1)}`, [5, 4, 3])
  check('before reaches 90 days back from its date', `before=${at(2, 1)}`, [2, 1])
  check('after is inclusive', `after=${at(5)}`, [7, 6, 5])
  check('after a millisecond later excludes', `after=${at(5, 1)}`, [7, 6])
  check('after reaches 90 days on from its date', `after=${at(0)}`, [1, 0])
  check('both cut a window', `after=${at(4)}&before=${at(6)}`, [5, 4])
  check('both may be further apart than 90 days', `after=${at(0)}&before=${at(5)}`, [4, 3, 2, 1, 0])
  check('a window that is upside down is empty', `after=${at(6)}&before=${at(4)}`, [])
  check('a window of a moment is empty', `after=${at(5)}&before=${at(5)}`, [])
  check('after alone pages from the old end', `after=${at(3)}&limit=2`, [4, 3], false)
  check('a page of a window', `after=${at(3)}&before=${at(7)}&limit=2`, [6, 5], false)

  test(`${what}: after alone leads on to newer ones by prevIterator`, async () => {
    const query = `after=${at(3)}&limit=2`
    const first = await page(query)
    const second = await page(`${query}&iterator=${first.prevIterator}`)
    assert.deepEqual([shown(second), second.done], [[6, 5], false])
    const third = await page(`${query}&iterator=${second.prevIterator}`)
    assert.deepEqual([shown(third), third.done], [[7], true])
    const back = await page(`${query}&iterator=${third.iterator}`)
    assert.deepEqual(shown(back), [6, 5])
    const start = await page(`${query}&iterator=${first.iterator}`)
    assert.deepEqual(start, { data: [], iterator: null, done: true }, 'not beyond the date')
  })

  test(`${what}: from a window iterator leads to older and prevIterator to newer`, async () => {
    const window = `after=${at(3)}&before=${at(7)}`
    const first = await page(`${window}&limit=2`)
    const older = await page(`${window}&limit=2&iterator=${first.iterator}`)
    assert.deepEqual([shown(older), older.done], [[4, 3], true])
    const newer = await page(`${window}&limit=9&iterator=${older.prevIterator}`)
    assert.deepEqual([shown(newer), newer.done], [[6, 5], true])
  })

  test(`${what}: an iterator reaches 90 days from its own time`, async () => {
    assert.deepEqual(shown(await page(`iterator=${ids[2]}`)), [1])
    assert.deepEqual(shown(await page(`iterator=-${ids[0]}`)), [1])
    assert.deepEqual(shown(await page(`iterator=-${ids[1]}`)), [2])
    assert.deepEqual(shown(await page(`iterator=-${ids[2]}`)), [])
  })

  test(`${what}: a date with an offset is the same moment`, async () => {
    const local = new Date(TIMES[5]!.getTime() + 2 * 3600_000).toISOString().replace('Z', '+02:00')
    assert.deepEqual(shown(await page(`after=${encodeURIComponent(local)}`)), [7, 6, 5])
  })
}

test('28 attempts page by ten forward and back the same', async () => {
  const message = messages.at(-1)!
  const { id } = (await api.post(`${app}/endpoint`, { url })).body
  const seeds = Array.from({ length: 28 }, () => ({ message, endpoint: id, outcome }))
  const expected = (await seedAttempts(store, seeds)).reverse()
  const path = `${app}/attempt/endpoint/${id}?limit=10`
  const pages = [(await api.get(path)).body]
  while (!pages.at(-1)!.done) {
    pages.push((await api.get(`${path}&iterator=${pages.at(-1)!.iterator}`)).body)
  }
  const ids = pages.map(({ data }) => data.map((attempt) => attempt.id))
  assert.deepEqual(
    ids.map(({ length }) => length),
    [10, 10, 8],
  )
  assert.deepEqual(ids.flat(), expected)
  const back = (await api.get(`${path}&iterator=${pages[2]!.prevIterator}`)).body
  assert.deepEqual(back.data, pages[1]!.data)
})
