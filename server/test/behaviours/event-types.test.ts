// Event types, and what customers see of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ids, startBehaving } from './behaving.ts'

const { ask, get, post, put, patch, newApp } = await startBehaving()
const schemas = { 1: { type: 'object' } }

test('64 a created one is returned by GET and listed, its schemas when they are wanted', async () => {
  const fields = { name: 'sixty.four', description: 'd', schemas }
  const { status, body } = await post('/event-type', fields)
  assert.equal(status, 201)
  assert.deepEqual((await get('/event-type/sixty.four')).body, body)
  const listed = async (query: string) =>
    (await get(`/event-type${query}`)).body.data.find(({ name }) => name === 'sixty.four')
  assert.deepEqual(await listed('?with_content=true'), body)
  assert.deepEqual(await listed(''), { ...body, schemas: null })
})

test('65 PATCH of one field changes nothing else; null clears schemas, {} is kept', async () => {
  let { body: shown } = await post('/event-type', { name: 'sixty.five', description: 'd', schemas })
  for (const change of [
    { description: 'changed' },
    { schemas: { 1: { type: 'object', title: 'changed' } } },
    { archived: true },
    { archived: false },
    { schemas: {} },
    { schemas: null },
  ]) {
    const { status, body } = await patch('/event-type/sixty.five', change)
    assert.equal(status, 200)
    assert.deepEqual(body, { ...shown, ...change, updatedAt: body['updatedAt'] })
    assert.deepEqual((await get('/event-type/sixty.five')).body, body)
    shown = body
  }
})

test('66 PUT on an unknown name is 201 under the name of the path; POST of a live name is 409', async () => {
  const { status, body } = await put('/event-type/sixty.six', { name: 'another', description: '' })
  assert.deepEqual([status, body['name']], [201, 'sixty.six'])
  assert.equal((await get('/event-type/another')).status, 404)
  const again = await post('/event-type', { name: 'sixty.six', description: '' })
  assert.deepEqual([again.status, again.body.code], [409, 'event_type_exists'])
  assert.equal((await put('/event-type/sixty.six', { description: 'x' })).status, 200)
})

test('67 what is not valid JSON Schema is 422', async () => {
  const wrong = { 1: { readOnly: 15 } }
  const refusals = [
    await post('/event-type', { name: 'sixty.seven', description: '', schemas: wrong }),
    await put('/event-type/sixty.seven', { description: '', schemas: wrong }),
  ]
  assert.equal((await get('/event-type/sixty.seven')).status, 404)
  await post('/event-type', { name: 'sixty.seven', description: '', schemas })
  refusals.push(await patch('/event-type/sixty.seven', { schemas: wrong }))
  for (const { status, body } of refusals) {
    assert.ok(status === 422 && Array.isArray(body.detail))
    assert.deepEqual(body.detail[0]!.loc, ['body', 'schemas', '1', 'readOnly'])
  }
  assert.deepEqual((await get('/event-type/sixty.seven')).body['schemas'], schemas)
})

test('68 a type with a feature flag is there for a token with the flag and for no other', async () => {
  const app = await newApp()
  await post('/event-type', { name: 'sixty.eight', description: '', featureFlag: 'beta' })
  for (const [featureFlags, status] of [
    [['beta'], 200],
    [['other'], 404],
    [[], 404],
  ] as const) {
    const access = await post(`/auth/app-portal-access${app.slice(4)}`, { featureFlags })
    const authorization = `Bearer ${access.body['token']}`
    const asked = (path: string) => ask('GET', path, undefined, { authorization })
    assert.equal((await asked('/event-type/sixty.eight')).status, status)
    const names = (await asked('/event-type')).body.data.map(({ name }) => name)
    assert.equal(names.includes('sixty.eight'), status === 200)
  }
})

test('69 an app token may not handle applications, sees its own and no other', async () => {
  const [own, other] = [await newApp(), await newApp()]
  const access = await post(`/auth/app-portal-access${own.slice(4)}`)
  const authorization = `Bearer ${access.body['token']}`
  const before = ids((await get('/app?limit=250')).body.data)
  for (const [method, path, status] of [
    ['POST', '/app', 403],
    ['PUT', own, 403],
    ['DELETE', own, 403],
    ['GET', '/app', 403],
    ['GET', own, 200],
    ['GET', other, 404],
  ] as const) {
    const body = method === 'GET' ? undefined : { name: 'changed' }
    const answer = await ask(method, path, body, { authorization })
    assert.equal(answer.status, status, `${method} ${path}`)
    if (status === 403) assert.equal(answer.body.code, 'insufficient access')
  }
  assert.deepEqual(ids((await get('/app?limit=250')).body.data), before)
  assert.notEqual((await get(own)).body['name'], 'changed')
})

test('70 portal access to an unknown application is 404 unless it brings the application along', async () => {
  const path = '/auth/app-portal-access/seventy'
  assert.equal((await post(path, {})).status, 404)
  for (const application of [{ name: 'x' }, { name: 'x', uid: 'other' }]) {
    assert.equal((await post(path, { application })).status, 422)
  }
  assert.equal((await get('/app/seventy')).status, 404)
  for (const name of ['First', 'Second']) {
    const { status, body } = await post(path, { application: { name, uid: 'seventy' } })
    assert.equal(status, 200)
    assert.ok(String(body['url']).includes(String(body['token'])))
  }
  assert.equal((await get('/app/seventy')).body['name'], 'First')
})
