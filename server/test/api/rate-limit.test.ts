// How much one token may ask. The bucket fills by the real clock: one in ten seconds is slower than a test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Api, startApi } from './api.ts'

const free = await startApi()
const limited = await startApi({ rateLimit: { perSecond: 0.1, burst: 4 } })
const origin = 'https://portal.example'

const ask = (api: Api, token: string, path = 'app') =>
  api.call({ method: 'GET', path, token, headers: { origin } })

test('a token that asks more than its burst gets 429, and is told when to come back', async () => {
  const token = await limited.keyOf('full')
  const replies = []
  for (let round = 0; round < 8; round++) replies.push(await ask(limited, token))
  assert.deepEqual(
    replies.slice(0, 4).map(({ status }) => status),
    [200, 200, 200, 200],
  )
  const refused = replies.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 3, 'eight requests take less than ten seconds')
  const { body, headers } = refused[0]!
  assert.equal(body.code, 'rate_limited')
  assert.match(String(headers['retry-after']), /^([1-9]|10)$/)
})

test('every answer to a limited token says the policy and what is left', async () => {
  const token = await limited.keyOf('full')
  const { headers } = await ask(limited, token)
  assert.equal(headers['ratelimit-policy'], '"default";q=4;w=40')
  assert.equal(headers['ratelimit'], '"default";r=3;t=10')
  const refused = await ask(limited, token, 'app/unknown')
  assert.equal(refused.status, 404)
  assert.match(String(refused.headers['ratelimit']), /^"default";r=[23];t=(1?\d|20)$/)
})

test('a browser may read these headers', async () => {
  const { headers } = await ask(limited, await limited.keyOf('full'))
  const exposed = String(headers['access-control-expose-headers']).split(', ')
  for (const name of ['ratelimit', 'ratelimit-policy', 'retry-after']) {
    assert.ok(exposed.includes(name), name)
  }
})

test('another token has its own limit, one of an application too', async () => {
  await limited.post('app', { name: 'shop', uid: 'shop' })
  const [first, second] = [await limited.keyOf('full'), await limited.tokenOf('shop')]
  for (let round = 0; round < 6; round++) await ask(limited, first)
  assert.equal((await ask(limited, first)).status, 429)
  assert.equal((await ask(limited, second, 'app/shop')).status, 200)
})

test('openapi.json with a token counts as well', async () => {
  const token = await limited.keyOf('full')
  const url = await limited.listen()
  const get = () => fetch(`${url}/openapi.json`, { headers: { authorization: `Bearer ${token}` } })
  const statuses = []
  for (let round = 0; round < 6; round++) statuses.push((await get()).status)
  assert.ok(statuses.includes(429), String(statuses))
})

test('health is not limited', async () => {
  for (let round = 0; round < 10; round++) {
    const { status, headers } = await limited.get('health/ping')
    assert.equal(status, 204)
    assert.equal(headers['ratelimit'], undefined)
  }
})

test('without a limit no answer speaks of one', async () => {
  for (let round = 0; round < 20; round++) {
    const { status, headers } = await free.get('app')
    assert.equal(status, 200)
    assert.equal(headers['ratelimit'], undefined)
    assert.equal(headers['ratelimit-policy'], undefined)
  }
})
