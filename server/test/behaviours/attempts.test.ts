// Attempts, and the lists of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closedPort } from '../receiver.ts'
import { ids, startBehaving } from './behaving.ts'

const { get, patch, receiving, allOver } = await startBehaving()
const single = await startBehaving({ BELLWIRE_RETRY_SCHEDULE: '' })

test('56 what is answered is the status and the code; a schedule of two makes three, none one', async () => {
  const closed = `http://127.0.0.1:${await closedPort()}/`
  for (const [server, answered, expected] of [
    [{ receiving, allOver }, 200, [[0, 200]]],
    [{ receiving, allOver }, 403, Array.from({ length: 3 }, () => [2, 403])],
    [{ receiving, allOver }, 500, Array.from({ length: 3 }, () => [2, 500])],
    [{ receiving, allOver }, 0, Array.from({ length: 3 }, () => [2, 0])],
    [single, 500, [[2, 500]]],
  ] as const) {
    const fields = answered === 0 ? { url: closed } : {}
    const { send, attempts } = await server.receiving(() => ({ status: answered }), fields)
    const { id } = await send()
    await server.allOver()
    const made = await attempts(id)
    assert.deepEqual(
      made.map(({ status, responseStatusCode }) => [status, responseStatusCode]),
      expected,
    )
  }
})

test('58 attempts and attempted messages filter by channel and type in every spelling', async () => {
  const { app, endpoint, endpointId, send } = await receiving()
  await patch(endpoint, { uid: 'fifty-eight' })
  const a = await send({ eventType: 'a', channels: ['news'] })
  const b = await send({ eventType: 'b' })
  await send({ eventType: 'c' })
  await allOver()
  for (const [query, expected] of [
    ['channel=news', [a]],
    ['event_types=a', [a]],
    ['event_types[]=a', [a]],
    ['event_types[0]=a&event_types[1]=b', [b, a]],
    ['event_types%5B0%5D=a&event_types%5B1%5D=b', [b, a]],
    ['event_types=a,b', [b, a]],
    ['event_types=a&event_types=b', [b, a]],
    ['event_types=a,b&channel=news', [a]],
  ] as const) {
    for (const name of [endpointId, 'fifty-eight']) {
      const made = (await get(`${app}/attempt/endpoint/${name}?${query}`)).body.data
      // Deliveries run beside each other: their attempts may be made in any order.
      assert.deepEqual(made.map(({ msgId }) => msgId).sort(), ids([...expected]).sort(), query)
      const listed = (await get(`${app}/endpoint/${name}/msg?${query}`)).body.data
      assert.deepEqual(ids(listed), ids([...expected]), query)
    }
  }
})

/** 28 messages, each with one attempt, one after the other. */
async function withAttempts(count: number) {
  const made = await single.receiving()
  for (let n = 0; n < count; n++) {
    await made.send({ payload: { n } })
    await single.allOver()
  }
  const path = `${made.app}/attempt/endpoint/${made.endpointId}`
  const list = async (query: string) => (await single.get(`${path}?${query}`)).body
  return { ...made, list }
}

test('61 paging 28 attempts by ten forward and back shows the same in the same order', async () => {
  const { list } = await withAttempts(28)
  const all = ids((await list('limit=250')).data)
  assert.equal(all.length, 28)
  const pages = []
  for (let iterator = '', done = false; !done; ) {
    const page = await list(`limit=10${iterator}`)
    pages.push(page)
    done = page.done
    iterator = `&iterator=${page.iterator}`
  }
  const forward = pages.map(({ data }) => ids(data))
  assert.deepEqual(forward, [all.slice(0, 10), all.slice(10, 20), all.slice(20)])
  let prevIterator = pages.at(-1)!.prevIterator
  for (const [expected, done] of [
    [forward[1], false],
    [forward[0], true],
  ] as const) {
    const page = await list(`limit=10&iterator=${prevIterator}`)
    assert.deepEqual([ids(page.data), page.done], [expected, done])
    prevIterator = page.prevIterator
  }
})

test('62 after includes its moment, before excludes it, and a window is paged both ways', async () => {
  const { list } = await withAttempts(9)
  const { data } = await list('limit=250')
  const all = ids(data)
  const at = (index: number) => encodeURIComponent(String(data[index]!['timestamp']))
  assert.deepEqual(ids((await list(`after=${at(4)}`)).data), all.slice(0, 5))
  assert.deepEqual(ids((await list(`before=${at(4)}`)).data), all.slice(5))
  const window = `before=${at(1)}&after=${at(6)}`
  assert.deepEqual(ids((await list(window)).data), all.slice(2, 7))
  const newest = await list(`${window}&limit=2`)
  assert.deepEqual(ids(newest.data), all.slice(2, 4))
  const older = await list(`${window}&limit=2&iterator=${newest.iterator}`)
  assert.deepEqual(ids(older.data), all.slice(4, 6))
  const newer = await list(`${window}&limit=2&iterator=${older.prevIterator}`)
  assert.deepEqual([ids(newer.data), newer.done], [all.slice(2, 4), true])
  const outside = await list(`limit=2&iterator=${newest.prevIterator}`)
  assert.deepEqual(ids(outside.data), all.slice(0, 2))
})
