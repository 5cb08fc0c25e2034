// A message may bring the application of its path along.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const send = (ref: string, application: unknown) =>
  api.post(`app/${ref}/msg`, { eventType: 'a', payload: {}, application })
const exists = async (ref: string) => (await api.get(`app/${ref}`)).status === 200

test('an application that does not exist is created from the message', async () => {
  const made = await send('new', { uid: 'new', name: 'New', metadata: { a: 'b' } })
  assert.equal(made.status, 202)
  const app = (await api.get('app/new')).body
  assert.deepEqual([app['name'], app['metadata']], ['New', { a: 'b' }])
  assert.equal((await api.get(`app/new/msg/${made.body.id}`)).status, 200)
})

test('the second time it is ignored', async () => {
  await send('twice', { uid: 'twice', name: 'First' })
  assert.equal((await send('twice', { uid: 'twice', name: 'Second' })).status, 202)
  assert.equal((await api.get('app/twice')).body['name'], 'First')
})

test('of many at the same time one creates it, and all are accepted', async () => {
  const all = await Promise.all(
    Array.from({ length: 8 }, () => send('rush', { uid: 'rush', name: 'Rush' })),
  )
  assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([202]))
  assert.equal((await api.get('app/rush/msg')).body.data.length, 8)
})

const REFUSED: [string, unknown, string][] = [
  ['without uid', { name: 'x' }, 'application_uid_missing'],
  ['with uid null', { name: 'x', uid: null }, 'application_uid_missing'],
  ['with another uid', { name: 'x', uid: 'another' }, 'application_uid_mismatch'],
]

for (const [what, application, type] of REFUSED) {
  test(`an application ${what} is refused, and nothing is created`, async () => {
    const { status, body } = await send('refused', application)
    assert.equal(status, 422)
    assert.ok(Array.isArray(body.detail))
    const { loc, type: said } = body.detail[0]!
    assert.deepEqual([loc, said], [['body', 'application', 'uid'], type])
    assert.ok(!(await exists('refused')) && !(await exists('another')))
  })
}

test('an application that breaks a rule is refused, and nothing is created', async () => {
  for (const application of [
    { uid: 'bad' },
    { uid: 'bad', name: '' },
    { uid: 'bad', name: 'x', metadata: 1 },
  ]) {
    assert.equal((await send('bad', application)).status, 422)
  }
  assert.ok(!(await exists('bad')))
})

test('a message that breaks a rule creates no application', async () => {
  const application = { uid: 'broken', name: 'x' }
  const made = await api.post('app/broken/msg', { eventType: 'a b', payload: {}, application })
  assert.equal(made.status, 422)
  assert.ok(!(await exists('broken')))
})

test('null is no application', async () => {
  assert.equal((await send('nobody', null)).status, 404)
})

test('a deleted application accepts nothing, but may be created again', async () => {
  const { id } = (await api.post('app', { name: 'x', uid: 'deleted' })).body
  await api.delete(`app/${id}`)
  assert.equal((await send('deleted', undefined)).status, 404)
  assert.equal((await send(id, undefined)).status, 404)
  assert.equal((await send('deleted', { uid: 'deleted', name: 'again' })).status, 202)
  assert.notEqual((await api.get('app/deleted')).body.id, id)
})
