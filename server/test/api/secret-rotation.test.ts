import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type EndpointId, toUuid } from '../../src/domain/ids.ts'
import { listSecrets } from '../../src/store/endpoint-secrets.ts'
import { seal } from '../seed.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const { db } = api.store
const app = (await api.post('app', { name: 'app' })).body.id

async function create() {
  const { id } = (await api.post(`app/${app}/endpoint`, { url: 'https://example.com/' })).body
  const path = `app/${app}/endpoint/${id}/secret`
  const rotate = (body?: object) => api.post(`${path}/rotate`, body)
  const key = async () => (await api.get(path)).body.key
  const live = async () =>
    (await listSecrets(db, seal, id as EndpointId)).map(({ secret }) => secret.text)
  return { id: id as EndpointId, path, rotate, key, live }
}

const { path } = await create()

for (const body of [undefined, {}, { key: null }, { gracePeriodSeconds: null }]) {
  test(`rotation with ${JSON.stringify(body)} makes a new key and keeps the old one`, async () => {
    const { rotate, key, live } = await create()
    const old = await key()
    assert.equal((await rotate(body)).status, 204)
    assert.notEqual(await key(), old)
    assert.deepEqual(await live(), [await key(), old])
  })
}

test('keys sign from the newest to the oldest', async () => {
  const { rotate, key, live } = await create()
  const keys = [await key()]
  for (let i = 0; i < 3; i++) {
    await rotate()
    keys.unshift(await key())
  }
  assert.deepEqual(await live(), keys)
})

test('a grace of 0 ends the old key at once', async () => {
  const { rotate, key, live } = await create()
  await rotate({ gracePeriodSeconds: 0 })
  assert.deepEqual(await live(), [await key()])
})

test('an eleventh old key is refused, naming when the next one expires', async () => {
  const { id, rotate, key, live } = await create()
  for (let i = 0; i < 10; i++) assert.equal((await rotate()).status, 204)
  const before = await key()
  const refused = await rotate()
  assert.deepEqual([refused.status, refused.body.code], [400, 'limit_reached'])
  assert.match(String(refused.body.detail), /\d{4}-\d\d-\d\dT/)
  assert.equal(await key(), before, 'nothing has changed')
  assert.equal((await live()).length, 11)

  assert.equal((await rotate({ gracePeriodSeconds: 0 })).status, 204, 'no old key is added')
  await sql`update endpoint_secret set expires_at = now() - interval '1 second'
             where id = (select id from endpoint_secret where expires_at is not null and endpoint_id = ${toUuid(id)}
                         order by expires_at limit 1)`.execute(db)
  assert.equal((await rotate()).status, 204, 'an old one has expired')
})

const post = { method: 'POST', path: `${path}/rotate` }
const refused = { status: 422, loc: ['body', 'gracePeriodSeconds'] }

testCases(api, [
  { name: 'a negative grace is refused', ...post, body: { gracePeriodSeconds: -1 }, ...refused },
  {
    name: 'more than a week is refused',
    ...post,
    body: { gracePeriodSeconds: 604_801 },
    ...refused,
  },
  { name: 'a fraction is refused', ...post, body: { gracePeriodSeconds: 1.5 }, ...refused },
  { name: 'text is refused', ...post, body: { gracePeriodSeconds: '60' }, ...refused },
  { name: 'a week is taken', ...post, body: { gracePeriodSeconds: 604_800 }, status: 204 },
  { name: 'a broken body is refused', ...post, body: '{', status: 422, loc: ['body'] },
])
