// What holds on every path: slashes, tokens, limits and lists.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/api/routes.ts'
import { ids, startBehaving } from './behaving.ts'

const { url, ask, get, post, newApp } = await startBehaving()

const app = await newApp()
await post(`${app}/endpoint`, { url: 'https://example.com/' })
const lists = ['/app', `${app}/endpoint`, `${app}/msg`, '/event-type']

/** Ten of each kind of list, and what each is called by in the order of the list. */
async function tenOfEach() {
  const { post, get } = await startBehaving()
  for (let n = 0; n < 10; n++) {
    await post('/app', { name: `app ${n}` })
    await post('/event-type', { name: `type-${9 - n}`, description: '' })
  }
  const first = (await get('/app')).body.data[0]!.id
  for (let n = 0; n < 10; n++) {
    await post(`/app/${first}/endpoint`, { url: `https://example.com/${n}` })
  }
  return { get, paths: ['/app', `/app/${first}/endpoint`, '/event-type'] }
}

const ten = await tenOfEach()

test('1 health/ping is 204 without a token, and every path is the same with a slash behind it', async () => {
  for (const path of ['/health/ping', '/health/ping/']) {
    const answer = await fetch(`${url}/api/v1${path}`)
    assert.deepEqual([answer.status, await answer.text()], [204, ''])
    assert.equal(answer.headers.get('content-type'), null)
  }
  for (const { method, path } of routes.filter(({ path }) => path.startsWith('/api/v1/'))) {
    // Names of nobody and a body that is none: whatever is answered, both forms answer it.
    const asked = path.replace('/api/v1', '').replace(/:\w+/g, 'nobody')
    const body = method === 'GET' ? undefined : '{'
    const bare = await ask(method, asked, body)
    const slashed = await ask(method, `${asked}/`, body)
    const said = ({ status, text }: typeof bare) => [
      status,
      text.replace(/"request_id":"[^"]*"/, ''),
    ]
    if (bare.status < 300) assert.equal(slashed.status, bare.status)
    else assert.deepEqual(said(slashed), said(bare), `${method} ${asked}`)
    assert.notEqual(bare.status, 405, asked)
  }
})

test('2 a nonsense bearer token is 401 with the words for it, and so is none', async () => {
  const expected = { code: 'authentication_failed', detail: 'Invalid token' }
  for (const headers of [{ authorization: 'Bearer nonsense' }, {}] as Record<string, string>[]) {
    const answer = await fetch(`${url}/api/v1/app`, { headers })
    assert.equal(answer.status, 401)
    const { code, detail } = (await answer.json()) as { code: string; detail: string }
    assert.deepEqual({ code, detail }, expected)
  }
})

test('3 limit=300 is 422, limit=250 is 200', async () => {
  for (const path of lists) {
    assert.equal((await get(`${path}?limit=300`)).status, 422)
    assert.equal((await get(`${path}?limit=250`)).status, 200)
  }
})

test('4 an iterator that is none is 422', async () => {
  for (const path of lists) {
    const bad = encodeURIComponent('BAD-$$$ITERATOR')
    const { status, body } = await get(`${path}?iterator=${bad}`)
    assert.equal(status, 422, path)
    assert.ok(Array.isArray(body.detail))
    assert.deepEqual(body.detail[0]!.loc, ['query', 'iterator'])
  }
})

const named = (body: { data: { id: string; [field: string]: unknown }[] }) =>
  body.data.map((item) => String(item.id ?? item['name']))

for (const path of ten.paths) {
  const kind = path.slice(1).replace(/\/.*\//, ' ')
  const list = async (query: string) => (await ten.get(`${path}?${query}`)).body

  test(`5 of ten in ${kind} limit=6 gives six, its iterator the other four`, async () => {
    const all = await list('limit=10')
    assert.deepEqual([all.data.length, all.done], [10, true])
    const first = await list('limit=6')
    assert.deepEqual([named(first), first.done], [named(all).slice(0, 6), false])
    const second = await list(`limit=6&iterator=${first.iterator}`)
    assert.deepEqual([named(second), second.done], [named(all).slice(6), true])
  })

  test(`6 in ${kind} prevIterator with limit=3 gives items 4 to 6 in the same order`, async () => {
    const all = await list('limit=10')
    const first = await list('limit=6')
    const second = await list(`limit=6&iterator=${first.iterator}`)
    const back = await list(`limit=3&iterator=${second.prevIterator}`)
    assert.deepEqual([named(back), back.done], [named(all).slice(3, 6), false])
  })

  test(`7 in ${kind} the opposite order mirrors the default one`, async () => {
    const opposite = path.endsWith('/endpoint') ? 'ascending' : 'descending'
    const all = named(await list('limit=10')).reverse()
    const first = await list(`limit=6&order=${opposite}`)
    assert.deepEqual([named(first), first.done], [all.slice(0, 6), false])
    const second = await list(`limit=6&order=${opposite}&iterator=${first.iterator}`)
    assert.deepEqual([named(second), second.done], [all.slice(6), true])
    const back = await list(`limit=6&order=${opposite}&iterator=${second.prevIterator}`)
    assert.deepEqual([named(back), back.done], [all.slice(0, 6), true])
  })
}

test('8 applications list oldest first, event types by name, endpoints newest first', async () => {
  const [apps, endpoints, types] = await Promise.all(
    ten.paths.map(async (path) => (await ten.get(path)).body.data),
  )
  const upwards = Array.from({ length: 10 }, (_, n) => n)
  assert.deepEqual(
    apps!.map(({ name }) => name),
    upwards.map((n) => `app ${n}`),
  )
  assert.deepEqual(ids(apps!), ids(apps!).sort())
  assert.deepEqual(
    types!.map(({ name }) => name),
    upwards.map((n) => `type-${n}`),
  )
  assert.deepEqual(
    endpoints!.map(({ url }) => url),
    upwards.map((n) => `https://example.com/${9 - n}`),
  )
})
