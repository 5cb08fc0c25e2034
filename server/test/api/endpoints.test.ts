import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/endpoint`
const url = 'https://example.com/hook'
for (const name of ['et1', 'et2']) await api.post('event-type', { name, description: '' })

const create = async (fields: object = {}) => (await api.post(path, { url, ...fields })).body
const full = (uid: string) => ({
  uid,
  description: 'full',
  disabled: true,
  eventTypes: ['et1'],
  channels: ['news'],
  throttleRate: 7,
  fifo: true,
  gzip: true,
  metadata: { a: 'b' },
  version: 3,
})
const shown = ({ updatedAt: _, ...rest }: Record<string, unknown>) => rest
/** Older names beside newer ones, and the reason beside `disabled`. */
const beside = (field: string, value: unknown) => ({
  ...(field === 'eventTypes' && { filterTypes: value }),
  ...(field === 'throttleRate' && { rateLimit: value }),
})

test('a new endpoint has the defaults, under both names', async () => {
  const { status, body } = await api.post(path, { url })
  assert.equal(status, 201)
  assert.match(body.id, /^ep_[0-9A-Za-z]{27}$/)
  const { id, createdAt, updatedAt, ...rest } = body
  assert.ok(id && createdAt && updatedAt)
  assert.deepEqual(rest, {
    url,
    description: '',
    uid: null,
    disabled: false,
    eventTypes: null,
    filterTypes: null,
    channels: null,
    throttleRate: null,
    retrySchedule: null,
    disableAfterFailures: null,
    fifo: false,
    gzip: false,
    filter: null,
    rateLimit: null,
    metadata: {},
    version: 1,
  })
  assert.deepEqual((await api.get(`${path}/${id}`)).body, body)
})

for (const [field, value] of [
  ['description', 'new'],
  ['url', 'https://example.com/new'],
  ['throttleRate', 9],
  ['fifo', false],
  ['gzip', false],
  ['uid', 'patched'],
  ['version', 4],
  ['eventTypes', ['et2']],
  ['channels', ['other']],
  ['metadata', {}],
] as const) {
  test(`a patch of ${field} changes nothing else`, async () => {
    const before = await create(full(`patch-${field}`))
    const { status, body } = await api.patch(`${path}/${before.id}`, { [field]: value })
    assert.equal(status, 200)
    const expected = { ...shown(before), [field]: value, ...beside(field, value) }
    assert.deepEqual(shown(body), expected)
    assert.deepEqual(shown((await api.get(`${path}/${before.id}`)).body), expected)
  })
}

test('a patch of disabled changes nothing else', async () => {
  const before = await create(full('patch-disabled'))
  const enabled = shown((await api.patch(`${path}/${before.id}`, { disabled: false })).body)
  const { disabledReason, ...rest } = shown(before)
  assert.equal(disabledReason, 'manual')
  assert.deepEqual(enabled, { ...rest, disabled: false })
})

for (const field of ['throttleRate', 'uid', 'eventTypes', 'channels'] as const) {
  test(`a patch with null clears ${field}`, async () => {
    const before = await create(full(`clear-${field}`))
    const { body } = await api.patch(`${path}/${before.id}`, { [field]: null })
    assert.deepEqual(shown(body), { ...shown(before), [field]: null, ...beside(field, null) })
  })
}

test('filterTypes is the older name of eventTypes', async () => {
  const { id, eventTypes } = await create({ filterTypes: ['et1'] })
  assert.deepEqual(eventTypes, ['et1'])
  const patched = await api.patch(`${path}/${id}`, { filterTypes: ['et2'] })
  assert.deepEqual(patched.body['eventTypes'], ['et2'])
  const put = await api.put(`${path}/${id}`, { url, filterTypes: ['et1'], eventTypes: ['et2'] })
  assert.deepEqual(put.body['filterTypes'], ['et2'], 'the newer name wins')
})

test('PUT returns absent fields to their defaults', async () => {
  const before = await create(full('put-defaults'))
  const fresh = await create()
  const { status, body } = await api.put(`${path}/put-defaults`, { url })
  assert.equal(status, 200)
  const { id, createdAt } = before
  assert.deepEqual(shown(body), { ...shown(fresh), id, createdAt })
})

test('PUT on an unknown id creates one that is in the list', async () => {
  const { status, body } = await api.put(`${path}/unknown`, { url, uid: 'from-body' })
  assert.equal(status, 201)
  assert.equal(body['uid'], 'from-body')
  assert.equal((await api.get(`${path}/unknown`)).status, 404)
  const listed = (await api.get(path)).body.data.map(({ id }) => id)
  assert.ok(listed.includes(body.id))
  assert.match((await api.get(`${path}/${body.id}/secret`)).body.key, /^whsec_/)
})

test('duplicates in sets collapse', async () => {
  const body = await create({ eventTypes: ['et1', 'et1'], channels: ['a', 'b', 'a'] })
  assert.deepEqual(body['eventTypes'], ['et1'])
  assert.deepEqual(body['channels'], ['a', 'b'])
})

test('a deleted endpoint is gone, and a second time too', async () => {
  const { id } = await create({ uid: 'short-lived' })
  assert.equal((await api.delete(`${path}/${id}`)).status, 204)
  for (const name of [id, 'short-lived']) {
    assert.equal((await api.get(`${path}/${name}`)).status, 404)
    assert.equal((await api.delete(`${path}/${name}`)).status, 404)
  }
  assert.ok(api.engine.changed.includes(id))
})

test('every change is told to the engine', async () => {
  const { id } = await create()
  const at = `${path}/${id}`
  const changed = async (work: Promise<{ status: number }>) => {
    const before = api.engine.changed.length
    assert.ok((await work).status < 300)
    return api.engine.changed.slice(before).includes(id)
  }
  assert.ok(await changed(api.patch(at, { disabled: true })))
  assert.ok(await changed(api.put(at, { url })))
  assert.ok(await changed(api.put(`${at}/headers`, { headers: { a: 'b' } })))
  assert.ok(await changed(api.patch(`${at}/headers`, { headers: { a: null } })))
  assert.ok(await changed(api.post(`${at}/secret/rotate`, {})))
})
