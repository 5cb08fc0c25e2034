// Filters and segments as they are written, read, refused and tried.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const url = 'https://example.com/'

async function seed(metadata = {}) {
  const app = (await api.post('app', { name: 'filtered', metadata })).body.id
  const endpoint = (await api.post(`app/${app}/endpoint`, { url })).body.id
  return { app, endpoint, path: `app/${app}/endpoint/${endpoint}/filter` }
}

const detail = (reply: Awaited<ReturnType<typeof api.get>>) =>
  (reply.body.detail as { loc: string[]; msg: string }[])[0]!

test('a filter is kept as it was written, and null takes it away', async () => {
  const { path } = await seed()
  assert.deepEqual((await api.get(path)).body, { filter: null })
  const filter = { 'payload.n': { $gte: 10, $lt: 20 }, $or: [{ type: 'a' }, { tags: 'b' }] }
  assert.equal((await api.put(path, { filter })).status, 204)
  assert.ok((await api.get(path)).text.includes(JSON.stringify(filter)))
  assert.equal((await api.put(path, { filter: null })).status, 204)
  assert.deepEqual((await api.get(path)).body, { filter: null })
})

test('what is no filter is refused with its place', async () => {
  const { path } = await seed()
  for (const [body, loc, msg] of [
    [{}, ['body', 'filter'], /required/],
    [{ filter: 'x' }, ['body', 'filter'], /an object of conditions, not a string/],
    [{ filter: { country: 1 } }, ['body', 'filter', 'country'], /begins with payload/],
    [
      { filter: { $or: [{ 'payload.a': { $near: 1 } }] } },
      ['body', 'filter', '$or', '[0]', 'payload.a', '$near'],
      /no such operator/,
    ],
    [{ filter: { $segment: 'nowhere' } }, ['body', 'filter'], /no such segments: nowhere/],
  ] as const) {
    const refused = await api.put(path, body)
    assert.equal(refused.status, 422)
    assert.deepEqual(detail(refused).loc, loc)
    assert.match(detail(refused).msg, msg)
  }
})

test('another application has no say in a filter, and its token cannot read it', async () => {
  const { path } = await seed()
  const other = await seed()
  const token = await api.tokenOf(other.app)
  assert.equal((await api.call({ method: 'GET', path, token })).status, 404)
  const viewer = await api.tokenOf(path.split('/')[1]!, { capabilities: ['ViewBase'] })
  const filter = { 'payload.a': 1 }
  const put = await api.call({ method: 'PUT', path, body: { filter }, token: viewer })
  assert.equal(put.status, 403)
})

test('a segment is named by filters, and can only be deleted when none does', async () => {
  const { app, path } = await seed()
  const big = { filter: { 'payload.employees': { $gt: 50 } }, description: 'many' }
  const created = await api.put('segment/big', big)
  assert.equal(created.status, 201)
  assert.equal((await api.put('segment/big', big)).status, 200)
  assert.equal((await api.put(path, { filter: { $segment: 'big' } })).status, 204)
  const kept = await api.delete('segment/big')
  assert.equal(kept.status, 409)
  assert.match(String(kept.body.detail), /1 endpoints/)
  await api.put(path, { filter: null })
  assert.equal((await api.delete('segment/big')).status, 204)
  assert.equal((await api.get('segment/big')).status, 404)
  const nested = await api.put(`app/${app}/segment/a`, { filter: { $segment: 'big' } })
  assert.match(detail(nested).msg, /cannot name another/)
  const odd = await api.put(`app/${app}/segment/a%20b`, { filter: { 'payload.a': 1 } })
  assert.deepEqual(detail(odd).loc, ['path', 'segment_name'])
})

test("segments page by name, and an application's own are not the environment's", async () => {
  const { app } = await seed()
  const other = await seed()
  const body = { filter: { 'payload.a': 1 } }
  for (const name of ['c', 'a', 'b']) await api.put(`app/${app}/segment/${name}`, body)
  const names = (reply: Awaited<ReturnType<typeof api.get>>) =>
    reply.body.data.map((segment) => segment['name'])
  const first = await api.get(`app/${app}/segment?limit=2`)
  assert.deepEqual(names(first), ['a', 'b'])
  const rest = await api.get(`app/${app}/segment?limit=2&iterator=${first.body.iterator}`)
  assert.deepEqual(names(rest), ['c'])
  assert.deepEqual(names(await api.get(`app/${other.app}/segment`)), [])
  assert.equal((await api.get('segment/a')).status, 404)
  const tenant = await api.otherEnvironment()
  const foreign = await api.call({ method: 'GET', path: 'segment', token: tenant.token })
  assert.deepEqual(names(foreign), [])
})

test('a filter may be tried before it is set: whether a message would match, and why', async () => {
  const { app, path } = await seed({ plan: 'pro' })
  const message = { eventType: 'lead.create', payload: { country: 'SE', employees: 7 } }
  const asked = { filter: { 'payload.country': 'SE', 'metadata.plan': 'pro' } }
  const yes = await api.post(`${path}/test`, { ...message, ...asked })
  assert.equal(yes.body['matches'], true)
  await api.put(`app/${app}/segment/big`, { filter: { 'payload.employees': { $gt: 50 } } })
  const filter = { 'payload.country': 'SE', $segment: 'big' }
  assert.deepEqual((await api.post(`${path}/test`, { ...message, filter })).body, {
    matches: false,
    reason: 'filtered',
    filteredBy: 'segment big: payload.employees $gt 50',
    checks: [
      {
        ...{ segment: null, path: 'payload.country', operator: '$eq', operand: '"SE"' },
        ...{ found: ['"SE"'], holds: true },
      },
      {
        ...{ segment: 'big', path: 'payload.employees', operator: '$gt', operand: '50' },
        ...{ found: ['7'], holds: false },
      },
    ],
  })
  await api.put(path, { filter })
  const { id } = (await api.post(`app/${app}/msg`, message)).body
  assert.equal((await api.post(`${path}/test`, { msgId: id })).body['matches'], false)
  assert.equal((await api.post(`${path}/test`, {})).status, 422)
})

test('what would keep a message away before the filter is said first', async () => {
  const { app, endpoint, path } = await seed()
  await api.post('event-type', { name: 'wanted', description: '' })
  const at = `app/${app}/endpoint/${endpoint}`
  const reason = async (body: object) => (await api.post(`${path}/test`, body)).body['reason']
  await api.patch(at, { eventTypes: ['wanted'], channels: ['a'] })
  assert.equal(await reason({ eventType: 'other' }), 'event_type')
  assert.equal(await reason({ eventType: 'wanted' }), 'channels')
  assert.equal(await reason({ eventType: 'wanted', channels: ['a'] }), null)
  await api.patch(at, { disabled: true })
  assert.equal(await reason({ eventType: 'wanted', channels: ['a'] }), 'endpoint_disabled')
})

test('a change of a filter is in the audit log with what it was', async () => {
  const { endpoint, path } = await seed()
  await api.put(path, { filter: { 'payload.a': 1 } })
  const { data } = (await api.get(`audit-log?target_id=${endpoint}`)).body
  const [row] = data
  assert.equal(row!['operation'], 'bellwire.endpoint.set-filter')
  assert.deepEqual(
    [row!['before'], row!['after']],
    [{ filter: null }, { filter: { 'payload.a': 1 } }],
  )
})

test('an endpoint may come with its filter, and says which one it has', async () => {
  const { app } = await seed()
  await api.put(`app/${app}/segment/big`, { filter: { 'payload.employees': { $gt: 50 } } })
  const filter = { 'payload.country': 'SE', $segment: 'big' }
  const created = await api.post(`app/${app}/endpoint`, { url, uid: 'filtered', filter })
  assert.deepEqual([created.status, created.body['filter']], [201, filter])
  const path = `app/${app}/endpoint/filtered`
  assert.deepEqual((await api.get(`${path}/filter`)).body, { filter })
  const listed = (await api.get(`app/${app}/endpoint`)).body.data
  assert.deepEqual(
    listed.map((endpoint) => endpoint['filter']),
    [filter, null],
  )
  // The segment is named, as it is by a filter that was set by itself.
  assert.equal((await api.delete(`app/${app}/segment/big`)).status, 409)
  const other = { 'payload.n': 1 }
  assert.deepEqual((await api.patch(path, { filter: other })).body['filter'], other)
  assert.equal((await api.delete(`app/${app}/segment/big`)).status, 204)
  assert.deepEqual((await api.patch(path, { description: 'x' })).body['filter'], other)
  assert.deepEqual((await api.patch(path, { filter: null })).body['filter'], null)
})

test('a PUT that names no filter leaves it, one with null takes it away', async () => {
  const { app } = await seed()
  const path = `app/${app}/endpoint/put`
  const filter = { 'payload.a': 1 }
  const made = await api.put(path, { url, filter, uid: 'put' })
  assert.deepEqual([made.status, made.body['filter']], [201, filter])
  assert.deepEqual((await api.put(path, { url, uid: 'put' })).body['filter'], filter)
  const { data } = (await api.get(`audit-log?target_id=${made.body.id}`)).body
  assert.deepEqual((data.at(-1)!['after'] as Record<string, unknown>)['filter'], filter)
  assert.deepEqual((await api.put(path, { url, uid: 'put', filter: null })).body['filter'], null)
})

test('with a filter that is none no endpoint is made or changed', async () => {
  const { app, endpoint } = await seed()
  const path = `app/${app}/endpoint`
  const before = (await api.get(path)).text
  for (const [filter, loc] of [
    [{ country: 1 }, ['body', 'filter', 'country']],
    ['x', ['body', 'filter']],
    [{ $segment: 'nowhere' }, ['body', 'filter']],
  ] as const) {
    for (const refused of [
      await api.post(path, { url, filter }),
      await api.put(`${path}/new`, { url, filter }),
      await api.put(`${path}/${endpoint}`, { url, filter }),
      await api.patch(`${path}/${endpoint}`, { description: 'changed', filter }),
    ]) {
      assert.deepEqual([refused.status, detail(refused).loc], [422, loc])
    }
  }
  assert.equal((await api.get(path)).text, before)
})
