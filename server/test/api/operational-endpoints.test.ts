// The endpoints of operational webhooks, and the hidden application that holds them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUuid } from '../../src/domain/ids.ts'
import { OPERATIONAL_EVENT_TYPES, operationalApplicationId } from '../../src/domain/operational.ts'
import { startApi } from './api.ts'

const api = await startApi()
const PATH = 'operational-webhook/endpoint'
const url = 'https://example.com/'
const hidden = operationalApplicationId(api.environmentId)

const messages = async () => {
  const { rows } = await api.store.pool.query<{ payload: Buffer }>(
    `select payload from message where event_type not in ('a') order by id`,
  )
  return rows.map(({ payload }) => JSON.parse(payload.toString()) as Told)
}
type Told = { type: string; data: Record<string, unknown> }

test('an operational endpoint is made, changed, listed and deleted like any', async () => {
  const body = { url, uid: 'ops', eventTypes: ['endpoint.disabled'], headers: { 'X-A': '1' } }
  const made = await api.post(PATH, body)
  assert.equal(made.status, 201)
  const { id } = made.body
  assert.deepEqual(made.body['filterTypes'], ['endpoint.disabled'])
  assert.ok(!('channels' in made.body))
  assert.equal((await api.get(`${PATH}/ops`)).body.id, id)
  assert.deepEqual((await api.get(`${PATH}/ops/headers`)).body.headers, { 'X-A': '1' })
  assert.equal((await api.put(`${PATH}/ops/headers`, { headers: {} })).status, 204)
  assert.deepEqual((await api.get(`${PATH}/ops/headers`)).body.headers, {})

  const key = (await api.get(`${PATH}/${id}/secret`)).body.key
  assert.equal((await api.post(`${PATH}/${id}/secret/rotate`)).status, 204)
  assert.notEqual((await api.get(`${PATH}/${id}/secret`)).body.key, key)

  const put = await api.put(`${PATH}/${id}`, { url, description: 'all of it' })
  assert.deepEqual([put.status, put.body['eventTypes'], put.body['uid']], [200, null, null])
  const fresh = await api.put(`${PATH}/new`, { url, uid: 'new' })
  assert.equal(fresh.status, 201)
  const { data } = (await api.get(`${PATH}?limit=1`)).body
  assert.deepEqual(
    data.map((endpoint) => endpoint.id),
    [fresh.body.id],
  )
  for (const name of [id, 'new']) assert.equal((await api.delete(`${PATH}/${name}`)).status, 204)
  assert.equal((await api.get(`${PATH}/${id}`)).status, 404)
  assert.deepEqual(await messages(), [], 'nothing is told of operational endpoints')
})

test('they name operational event types only, by either name, and all of those', async () => {
  for (const field of ['eventTypes', 'filterTypes']) {
    const { status, body } = await api.post(PATH, { url, [field]: [...OPERATIONAL_EVENT_TYPES] })
    assert.equal(status, 201)
    await api.delete(`${PATH}/${body.id}`)
  }
  await api.post('event-type', { name: 'lead.create', description: '' })
  const refused = await api.post(PATH, { url, eventTypes: ['endpoint.deleted', 'lead.create'] })
  assert.equal(refused.status, 422)
  const [problem] = refused.body.detail as { loc: string[]; msg: string }[]
  assert.deepEqual(problem!.loc, ['body', 'eventTypes'])
  assert.match(problem!.msg, /no operational event types: lead\.create; there are background_task/)
})

test("the environment's own event types know nothing of them", async () => {
  const { data } = (await api.get('event-type?limit=250&include_archived=true')).body
  const names = data.map((eventType) => eventType['name'])
  for (const type of OPERATIONAL_EVENT_TYPES) {
    assert.ok(!names.includes(type))
    assert.equal((await api.get(`event-type/${type}`)).status, 404)
  }
  const app = (await api.post('app', { name: 'app' })).body.id
  const body = { url, eventTypes: ['endpoint.deleted'] }
  assert.equal((await api.post(`app/${app}/endpoint`, body)).status, 422)
})

test('the hidden application is not listed, found, sent to or counted', async () => {
  const { id } = (await api.post(PATH, { url })).body
  const { data } = (await api.get('app?limit=250')).body
  assert.ok(!data.some((app) => app.id === hidden))
  for (const [method, path, body] of [
    ['GET', ''],
    ['PATCH', '', { name: 'mine' }],
    ['DELETE', ''],
    ['GET', '/endpoint'],
    ['GET', `/endpoint/${id}`],
    ['POST', '/endpoint', { url }],
    ['POST', '/msg', { eventType: 'a', payload: {} }],
    ['GET', '/msg'],
    ['GET', `/attempt/endpoint/${id}`],
  ] as const) {
    const { status } = await api.call({ method, path: `app/${hidden}${path}`, body })
    assert.equal(status, 404, `${method} ${path}`)
  }
  const portal = await api.post(`auth/app-portal-access/${hidden}`, {})
  assert.equal(portal.status, 404)
  const stats = { since: new Date(0), until: new Date(), appIds: [hidden] }
  assert.equal((await api.post('stats/usage/app', stats)).status, 422)
  await api.delete(`${PATH}/${id}`)
})

test("another environment's operational endpoint is not there, and hears nothing", async () => {
  const other = await api.otherEnvironment()
  const theirs = { token: other.token, path: PATH }
  const { id } = (await api.call({ ...theirs, method: 'POST', body: { url } })).body
  assert.equal((await api.get(`${PATH}/${id}`)).status, 404)
  const { data } = (await api.get(PATH)).body
  assert.ok(!data.some((endpoint) => endpoint.id === id))
  const app = (await api.post('app', { name: 'quiet' })).body.id
  await api.post(`app/${app}/endpoint`, { url })
  assert.deepEqual(await messages(), [])
})

test('only keys of the environment get there', async () => {
  const app = (await api.post('app', { name: 'customer' })).body.id
  const token = await api.tokenOf(app)
  for (const path of [PATH, 'audit-log']) {
    assert.equal((await api.call({ method: 'GET', path, token })).status, 403)
  }
})

test('every change of an endpoint is a message with ids and uids, and wakes the engine', async () => {
  const { id: ops } = (await api.post(PATH, { url })).body
  const { body: app } = await api.post('app', { name: 'shop', uid: 'shop' })
  const woken = api.engine.woken
  const path = `app/${app.id}/endpoint`
  const { id } = (await api.post(path, { url, uid: 'crm' })).body
  assert.equal(api.engine.woken, woken + 1)
  await api.put(`${path}/${id}`, { url, uid: 'crm' })
  await api.post(`${path}/${id}/secret/rotate`)
  await api.put(`${path}/${id}/headers`, { headers: { 'X-A': '1' } })
  await api.patch(`${path}/${id}/headers`, { headers: { 'X-A': null } })
  await api.patch(`${path}/${id}`, { disabled: true })
  await api.patch(`${path}/${id}`, { disabled: true })
  await api.patch(`${path}/${id}`, { disabled: false })
  await api.delete(`${path}/${id}`)
  const { id: plain } = (await api.post(path, { url })).body
  await api.delete(`app/${app.id}`)

  const told = await messages()
  assert.deepEqual(
    told.map(({ type, data }) => [type, data['endpointId']]),
    [
      ['endpoint.created', id],
      ...Array.from({ length: 4 }, () => ['endpoint.updated', id]),
      ['endpoint.updated', id],
      ['endpoint.disabled', id],
      ['endpoint.updated', id],
      ['endpoint.updated', id],
      ['endpoint.enabled', id],
      ['endpoint.deleted', id],
      ['endpoint.created', plain],
      ['endpoint.deleted', plain],
    ],
  )
  const own = { appId: app.id, appUid: 'shop', endpointId: id, endpointUid: 'crm' }
  assert.deepEqual(told[0], { type: 'endpoint.created', data: own })
  const manual = { ...own, trigger: 'manual', reason: 'manual' }
  assert.deepEqual(told[6], { type: 'endpoint.disabled', data: manual })
  const bare = { appId: app.id, appUid: 'shop', endpointId: plain }
  assert.deepEqual(told.at(-1), { type: 'endpoint.deleted', data: bare })

  const { rows } = await api.store.pool.query(
    `select from pending_delivery p join endpoint e on e.id = p.endpoint_id
      where e.application_id = $1 and p.leased_by is null and p.due_at <= now()`,
    [toUuid(hidden)],
  )
  assert.equal(rows.length, told.length)
  await api.delete(`${PATH}/${ops}`)
})

test('where nobody listens, or to something else, no message is written', async () => {
  const before = (await messages()).length
  const { id } = (await api.post(PATH, { url, eventTypes: ['background_task.finished'] })).body
  const { id: off } = (await api.post(PATH, { url, disabled: true })).body
  const app = (await api.post('app', { name: 'unheard' })).body.id
  await api.post(`app/${app}/endpoint`, { url })
  assert.equal((await messages()).length, before)
  for (const name of [id, off]) await api.delete(`${PATH}/${name}`)
})
