import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../src/domain/ids.ts'
import { type Api, type Body, startApi } from './api.ts'

const api = await startApi()
const NAMES = Array.from('abcdefghij', (letter) => `type.${letter}`)

type List = {
  path: string
  initial: 'ascending' | 'descending'
  ordered: boolean
  name: 'id' | 'name'
}

/** Ten of each kind; the names in the order of their creation. */
async function fill(server: Api): Promise<[List, string[]][]> {
  const apps: string[] = []
  for (const name of NAMES) apps.push((await server.post('app', { name })).body.id)
  const endpoints: string[] = []
  const messages: string[] = []
  for (const name of NAMES) {
    await server.post('event-type', { name, description: '' })
    const at = `app/${apps[0]}`
    const endpoint = await server.post(`${at}/endpoint`, { url: 'https://example.com' })
    endpoints.push(endpoint.body.id)
    messages.push((await server.post(`${at}/msg`, { eventType: name, payload: {} })).body.id)
  }
  const app = `app/${apps[0]}`
  return [
    [{ path: 'app', initial: 'ascending', ordered: true, name: 'id' }, apps],
    [{ path: 'event-type', initial: 'ascending', ordered: true, name: 'name' }, NAMES],
    [{ path: `${app}/endpoint`, initial: 'descending', ordered: true, name: 'id' }, endpoints],
    [{ path: `${app}/msg`, initial: 'descending', ordered: false, name: 'id' }, messages],
  ]
}

for (const [{ path, initial, ordered, name }, created] of await fill(api)) {
  const what = path.replace(/_\w+/, '')
  const page = async (query: string) => (await api.get(`${path}?${query}`)).body
  const names = ({ data }: Body) => data.map((item) => item[name])
  const inOrder = (order: string) => (order === 'ascending' ? created : created.toReversed())

  test(`${what} lists ${initial} by default, all of it with limit=10`, async () => {
    const all = await page('limit=10')
    assert.deepEqual(names(all), inOrder(initial))
    assert.equal(all.done, true)
    assert.equal(all.iterator, inOrder(initial).at(-1))
    assert.equal(all.prevIterator, `-${inOrder(initial)[0]}`)
  })

  for (const order of ordered ? (['ascending', 'descending'] as const) : [initial]) {
    const rest = ordered ? `&order=${order}` : ''
    const items = inOrder(order)

    test(`${what} ${order} pages forward and back`, async () => {
      const first = await page(`limit=6${rest}`)
      assert.deepEqual([names(first), first.done], [items.slice(0, 6), false])
      const second = await page(`limit=6&iterator=${first.iterator}${rest}`)
      assert.deepEqual([names(second), second.done], [items.slice(6), true])
      const back = await page(`limit=3&iterator=${second.prevIterator}${rest}`)
      assert.deepEqual([names(back), back.done], [items.slice(3, 6), false])
      const start = await page(`limit=3&iterator=${back.prevIterator}${rest}`)
      assert.deepEqual([names(start), start.done], [items.slice(0, 3), true])
    })

    test(`${what} ${order} ends with an empty page in both directions`, async () => {
      for (const end of [String(items.at(-1)), `-${items[0]}`]) {
        const beyond = await page(`iterator=${end}${rest}`)
        assert.deepEqual(beyond, { data: [], iterator: null, done: true })
      }
    })

    test(`${what} ${order} walks one by one there and back`, async () => {
      const walk = async (step: 'iterator' | 'prevIterator', from: string) => {
        const seen: unknown[] = []
        for (let at = from; ; ) {
          const one = await page(`limit=1&iterator=${at}${rest}`)
          seen.push(...names(one))
          if (one.done) return seen
          at = String(one[step])
        }
      }
      assert.deepEqual(await walk('iterator', items[0]!), items.slice(1))
      assert.deepEqual(await walk('prevIterator', `-${items.at(-1)}`), items.slice(0, -1).reverse())
    })
  }

  test(`${what} pages on from an item that is not there any more`, async () => {
    if (name === 'name') {
      assert.deepEqual(names(await page('iterator=type.bb&limit=2')), ['type.c', 'type.d'])
    } else {
      const kind = path === 'app' ? 'application' : path.endsWith('msg') ? 'message' : 'endpoint'
      const newest = newId(kind)
      const at = initial === 'ascending' ? `-${newest}` : newest
      assert.equal((await page(`iterator=${at}`)).data.length, 10)
    }
  })
}

test('one item has the same name at both ends', async () => {
  const { id } = (await api.post('app', { name: 'single' })).body
  await api.post(`app/${id}/endpoint`, { url: 'https://example.com' })
  const { iterator, prevIterator, done } = (await api.get(`app/${id}/endpoint`)).body
  assert.deepEqual([prevIterator, done], [`-${iterator}`, true])
})

test('archived event types do not cut pages short', async () => {
  await api.delete('event-type/type.b')
  const { data, done } = (await api.get('event-type?limit=3')).body
  assert.deepEqual(
    data.map((item) => item['name']),
    ['type.a', 'type.c', 'type.d'],
  )
  assert.equal(done, false)
})

test('event types whose names begin with "-" are paged through, forward and back', async () => {
  const server = await startApi()
  const names = ['--', '--b', '-a', '-b', 'a', 'b']
  for (const name of names) await server.post('event-type', { name, description: '' })
  const page = async (query: string) => (await server.get(`event-type?limit=1${query}`)).body
  const walked: Body[] = []
  let next = ''
  do {
    const one = await page(next)
    walked.push(one)
    next = `&iterator=${one.iterator}`
  } while (!walked.at(-1)!.done && walked.length < 10)
  assert.deepEqual(
    walked.map(({ data }) => data[0]!['name']),
    names,
  )
  for (let i = walked.length - 1; i > 0; i--) {
    const { data } = await page(`&iterator=${walked[i]!.prevIterator}`)
    assert.equal(data[0]!['name'], names[i - 1])
  }
})
