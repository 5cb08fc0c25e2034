import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { answered, seedAttempts, unanswered } from './seeded-attempts.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const endpoint = (await api.post(`${app}/endpoint`, { url: 'https://example.com' })).body.id
const send = async (fields: object) =>
  (await api.post(`${app}/msg`, { payload: {}, ...fields })).body.id

const news = await send({ eventType: 'a', channels: ['news', 'x'], tags: ['t1'] })
const plain = await send({ eventType: 'b' })
const tagged = await send({ eventType: 'c', tags: ['t1', 't2'] })
const SEEDS = {
  continued: { message: news, endpoint, outcome: answered(199) },
  ok: { message: news, endpoint, outcome: answered(204) },
  moved: { message: plain, endpoint, outcome: answered(308) },
  missing: { message: plain, endpoint, outcome: answered(404) },
  broken: { message: tagged, endpoint, outcome: answered(500) },
  silent: { message: tagged, endpoint, outcome: unanswered },
}
const ids = await seedAttempts(api.store, Object.values(SEEDS))
const nameOf = new Map(Object.keys(SEEDS).map((name, index) => [ids[index], name]))
const ALL = Object.keys(SEEDS).toReversed()

const FILTERS: [string, string[]][] = [
  ['', ALL],
  ['status=0', ['ok', 'continued']],
  ['status=2', ['silent', 'broken', 'missing', 'moved']],
  ['status=1', []],
  ['status=3', []],
  ['status=4', []],
  ['status_code_class=0', ['silent']],
  ['status_code_class=100', ['continued']],
  ['status_code_class=200', ['ok']],
  ['status_code_class=300', ['moved']],
  ['status_code_class=400', ['missing']],
  ['status_code_class=500', ['broken']],
  ['status=0&status_code_class=500', []],
  ['channel=news', ['ok', 'continued']],
  ['channel=none', []],
  ['tag=t1', ['silent', 'broken', 'ok', 'continued']],
  ['tag=t2', ['silent', 'broken']],
  ['tag=t1&channel=x', ['ok', 'continued']],
  ['event_types=a', ['ok', 'continued']],
  ['event_types[]=a', ['ok', 'continued']],
  ['event_types[0]=a&event_types[1]=b', ['missing', 'moved', 'ok', 'continued']],
  ['event_types%5B0%5D=a&event_types%5B1%5D=b', ['missing', 'moved', 'ok', 'continued']],
  ['event_types=a,b', ['missing', 'moved', 'ok', 'continued']],
  ['event_types=a%2Cb', ['missing', 'moved', 'ok', 'continued']],
  ['event_types=a&event_types=b', ['missing', 'moved', 'ok', 'continued']],
  ['event_types=b,none', ['missing', 'moved']],
  ['event_types=none', []],
  ['event_types=', ALL],
  ['event_types=a&status=2', []],
  ['expanded_statuses=true', ALL],
]

for (const [query, expected] of FILTERS) {
  test(`attempts of an endpoint with "${query}" are ${expected.join(', ') || 'none'}`, async () => {
    const { body } = await api.get(`${app}/attempt/endpoint/${endpoint}?${query}`)
    assert.deepEqual(
      body.data.map(({ id }) => nameOf.get(id)),
      expected,
    )
    assert.equal(body.done, true)
  })
}

const MESSAGES: [string, string[]][] = [
  ['', [tagged, plain, news]],
  ['channel=news', [news]],
  ['tag=t1', [tagged, news]],
  ['tag=t1&event_types=a', [news]],
  ['event_types=a', [news]],
  ['event_types[]=a', [news]],
  ['event_types[0]=a&event_types[1]=b', [plain, news]],
  ['event_types=a,b', [plain, news]],
  ['event_types=a&event_types=b', [plain, news]],
  ['event_types=', [tagged, plain, news]],
]

for (const [query, expected] of MESSAGES) {
  test(`messages filter by "${query}"`, async () => {
    const { data } = (await api.get(`${app}/msg?${query}`)).body
    assert.deepEqual(
      data.map(({ id }) => id),
      expected,
    )
  })
}

test('filters and pages go together', async () => {
  const path = `${app}/attempt/endpoint/${endpoint}?status=2&limit=2`
  const first = (await api.get(path)).body
  assert.deepEqual([first.data.length, first.done], [2, false])
  const second = (await api.get(`${path}&iterator=${first.iterator}`)).body
  assert.deepEqual(
    second.data.map(({ id }) => nameOf.get(id)),
    ['missing', 'moved'],
  )
  const back = (await api.get(`${path}&iterator=${second.prevIterator}`)).body
  assert.deepEqual(back.data, first.data)
})

const wrong = { method: 'GET', status: 400, has: ['"generic_error"'] }
const path = `${app}/attempt/endpoint/${endpoint}`
testCases(api, [
  { name: 'status=9 cannot be read', ...wrong, path: `${path}?status=9` },
  { name: 'status=success cannot be read', ...wrong, path: `${path}?status=success` },
  { name: 'status_code_class=600 cannot be read', ...wrong, path: `${path}?status_code_class=600` },
  { name: 'status_code_class=404 cannot be read', ...wrong, path: `${path}?status_code_class=404` },
  { name: 'expanded_statuses=1 cannot be read', ...wrong, path: `${path}?expanded_statuses=1` },
  {
    name: 'a bad iterator is refused',
    method: 'GET',
    status: 422,
    path: `${path}?iterator=BAD-$$$`,
  },
  {
    name: 'a bad iterator is refused even if nothing can be found',
    method: 'GET',
    status: 422,
    path: `${path}?iterator=BAD&status=1`,
  },
  { name: 'limit=251 is refused', method: 'GET', status: 422, path: `${path}?limit=251` },
])
