// Templates that operators add: what a form may be, who sees what, and what is refused while in use.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const url = 'https://example.com/'
const code = 'function handler(webhook) { return webhook }'
const FIELDS = [
  { name: 'key', type: 'secret', required: true },
  { name: 'kind', type: 'choice', choices: ['a', 'b'] },
]

const detail = (reply: Awaited<ReturnType<typeof api.get>>) =>
  (reply.body.detail as { loc: string[]; msg: string }[])[0]!

let count = 0
/** A template with a name of its own, and an endpoint that uses it. */
async function used(body: object = { code, fields: FIELDS }) {
  const name = `own-${++count}`
  assert.equal((await api.put(`template/${name}`, body)).status, 201)
  const app = (await api.post('app', { name })).body.id
  const endpoint = (await api.post(`app/${app}/endpoint`, { url })).body.id
  const at = `app/${app}/endpoint/${endpoint}/template`
  const choose = (parameters: object) => api.put(at, { name, parameters })
  return { name, path: `template/${name}`, app, endpoint, at, choose }
}

test('an own template is listed behind the built-in ones, and shown with its code', async () => {
  const name = 'listed.here'
  const fields = [{ name: 'channel', type: 'list', about: 'where to' }]
  const created = await api.put(`template/${name}`, { about: 'for us', fields, code })
  assert.equal(created.status, 201)
  const shown = {
    ...{ name, title: name, about: 'for us', builtIn: false },
    fields: [{ ...fields[0], title: 'channel', required: false }],
  }
  const { createdAt, updatedAt, ...rest } = created.body
  assert.ok(createdAt && updatedAt)
  assert.deepEqual(rest, { ...shown, code, version: 1, endpoints: 0 })
  assert.deepEqual((await api.get(`template/${name}`)).body, created.body)
  const { data } = (await api.get('template')).body
  assert.deepEqual(data.at(-1), shown)
  assert.deepEqual([data[0]!['name'], data[0]!['builtIn']], ['plain', true])
  const { body } = await api.get('template/slack')
  assert.deepEqual([body['builtIn'], body['code'], body['version']], [true, null, null])
})

test("a customer's token lists templates, and sees no code", async () => {
  const { app, path } = await used()
  const token = await api.tokenOf(app)
  const listed = await api.call({ method: 'GET', path: 'template', token })
  assert.ok(listed.text.includes('"own-') && !listed.text.includes('handler'))
  for (const [method, where] of [
    ['GET', path],
    ['GET', `${path}/version`],
    ['DELETE', path],
  ] as const) {
    assert.equal((await api.call({ method, path: where, token })).status, 403)
  }
})

test('another environment neither sees nor uses it', async () => {
  const { name } = await used()
  const { token } = await api.otherEnvironment()
  const call = (method: string, path: string, body?: object) =>
    api.call({ method, path, token, ...(body && { body }) })
  assert.ok(!(await call('GET', 'template')).text.includes(`"${name}"`))
  assert.equal((await call('GET', `template/${name}`)).status, 404)
  const app = (await call('POST', 'app', { name: 'other' })).body.id
  const endpoint = (await call('POST', `app/${app}/endpoint`, { url })).body.id
  const refused = await call('PUT', `app/${app}/endpoint/${endpoint}/template`, { name })
  assert.equal(refused.status, 422)
  assert.deepEqual(detail(refused).loc, ['body', 'name'])
  assert.match(detail(refused).msg, /^no such template: built in are plain, /)
})

test('what is no template is refused with its place', async () => {
  const field = (more: object) => ({ code, fields: [{ name: 'a', type: 'text', ...more }] })
  for (const [body, loc, msg] of [
    [{}, ['body', 'code'], /string/],
    [{ code: 'short' }, ['body', 'code'], /10/],
    [field({ name: '1a' }), ['body', 'fields', '[0]', 'name'], /a letter, then/],
    [field({ type: 'number' }), ['body', 'fields', '[0]', 'type'], /text/],
    [field({ type: 'choice' }), ['body', 'fields', '[0]', 'choices'], /required of a choice/],
    [field({ choices: ['x'] }), ['body', 'fields', '[0]', 'choices'], /only a choice/],
    [{ code, fields: [FIELDS[0], FIELDS[0]] }, ['body', 'fields', '[1]', 'name'], /given twice/],
  ] as const) {
    const refused = await api.put('template/refused', body)
    assert.equal(refused.status, 422, refused.text)
    assert.deepEqual(detail(refused).loc, loc)
    assert.match(detail(refused).msg, msg)
  }
  assert.equal((await api.get('template/refused')).status, 404)
  const odd = await api.put('template/a%20b', { code })
  assert.deepEqual(detail(odd).loc, ['path', 'template_name'])
})

test('a built-in one is neither changed nor deleted', async () => {
  assert.equal((await api.put('template/slack', { code })).status, 409)
  assert.equal((await api.delete('template/slack')).status, 409)
  const rollback = await api.post('template/slack/rollback', { version: 1 })
  assert.equal(rollback.status, 409)
  assert.equal((await api.delete('template/never.there')).status, 404)
})

test('the form decides which parameters there are, and which are never shown', async () => {
  const { name, at, choose, endpoint } = await used()
  for (const [parameters, field, msg] of [
    [{}, 'key', /^required: key$/],
    [{ key: 'k', kind: 'c' }, 'kind', /expected one of a, b/],
    [{ key: 'k', more: '' }, 'more', /no such parameter: this template has key, kind/],
  ] as const) {
    const refused = await choose(parameters)
    assert.equal(refused.status, 422)
    assert.deepEqual(detail(refused).loc, ['body', 'parameters', field])
    assert.match(detail(refused).msg, msg)
  }
  assert.equal((await choose({ key: 'canary-9', kind: 'b' })).status, 204)
  const shown = { name, parameters: { kind: 'b' }, sensitive: ['key'] }
  assert.deepEqual((await api.get(at)).body, shown)
  const log = (await api.get(`audit-log?target_id=${endpoint}`)).text
  assert.ok(log.includes(name) && !log.includes('canary-9'))
  assert.equal((await api.delete(at)).status, 204)
  assert.deepEqual((await api.get(at)).body, { name: null, parameters: {}, sensitive: [] })
})

test('while endpoints use it, only a form is taken for which what they filled in will do', async () => {
  const { path, choose } = await used()
  const shown = [{ ...FIELDS[0], type: 'text' }, FIELDS[1]]
  const unused = await api.put(path, { code, fields: shown })
  assert.equal(unused.status, 200)
  await api.put(path, { code, fields: FIELDS })
  await choose({ key: 'k' })
  const refused = await api.put(path, { code, fields: shown })
  assert.equal(refused.status, 409)
  assert.match(String(refused.body.detail), /1 endpoints use .* key was a secret and is a text/)
  assert.equal((await api.post(`${path}/rollback`, { version: 2 })).status, 409)
  const grown = await api.put(path, { code, fields: [...FIELDS, { name: 'new', type: 'text' }] })
  assert.deepEqual([grown.body['version'], grown.body['endpoints']], [4, 1])
})

test('it is only deleted when no endpoint uses it', async () => {
  const { name, path, choose, app, endpoint } = await used()
  await choose({ key: 'k' })
  const refused = await api.delete(path)
  assert.equal(refused.status, 409)
  assert.match(String(refused.body.detail), /^1 endpoints use the template own-/)
  await api.delete(`app/${app}/endpoint/${endpoint}`)
  assert.equal((await api.delete(path)).status, 204)
  assert.equal((await api.get(path)).status, 404)
  const { data } = (await api.get(`audit-log?target_id=${name}`)).body
  assert.deepEqual(
    data.map((row) => row['operation']),
    ['bellwire.template.delete', 'bellwire.template.upsert'],
  )
  assert.ok(!JSON.stringify(data).includes('handler'))
})

test('other code or another form is a version, another title is none', async () => {
  const { path } = await used({ code })
  const version = async (body: object) => (await api.put(path, body)).body['version']
  assert.equal(await version({ code, title: 'Other' }), 1)
  assert.equal(await version({ code: `${code} // 2` }), 2)
  assert.equal(await version({ code: `${code} // 2`, fields: FIELDS }), 3)
  const { data } = (await api.get(`${path}/version`)).body
  assert.deepEqual(
    data.map((row) => [row['version'], row['current'], (row['fields'] as object[]).length]),
    [
      [3, true, 2],
      [2, false, 0],
      [1, false, 0],
    ],
  )
  assert.equal((await api.post(`${path}/rollback`, { version: 1 })).status, 204)
  assert.deepEqual((await api.get(path)).body['code'], code)
  assert.equal(await version({ code: `${code} // 4` }), 4)
  assert.equal((await api.post(`${path}/rollback`, { version: 9 })).status, 404)
  for (let n = 5; n <= 25; n++) await version({ code: `${code} // ${n}` })
  const kept = (await api.get(`${path}/version`)).body.data
  assert.deepEqual([kept.length, kept.at(-1)!['version']], [20, 6])
})

test('code is tried with a form and parameters before it is kept', async () => {
  const tried = {
    code: 'function handler(w) { console.log(w.params.kind); w.payload = [w.params, w.channels]; return w }',
    ...{ fields: FIELDS, eventType: 'a', payload: {}, channels: ['c'] },
  }
  const { body } = await api.post('template/simulate', { ...tried, parameters: { key: 'k' } })
  assert.deepEqual(
    [body['payload'], body['console'], body['url']],
    ['[{"key":"k","kind":"a"},["c"]]', ['a'], 'https://example.com/webhook'],
  )
  const lacking = await api.post('template/simulate', tried)
  assert.deepEqual(detail(lacking).loc, ['body', 'parameters', 'key'])
  const broken = { ...tried, code: 'function handler() { missing() }', parameters: { key: 'k' } }
  const failed = await api.post('template/simulate', broken)
  assert.deepEqual(detail(failed).loc, ['body', 'code'])
  assert.match(detail(failed).msg, /^ReferenceError: .*missing.* \(line 1\)/)
})

test('an export has the own templates, and an import adds and changes them, or nothing at all', async () => {
  const { name } = await used({ code, fields: FIELDS, title: 'T', about: 'A' })
  const exported = await api.post('environment/export', {})
  const { token } = await api.otherEnvironment()
  const call = (method: string, path: string, body: object = {}) =>
    api.call({ method, path, token, ...(method !== 'GET' && { body }) })
  for (const _ of ['into an empty one', 'once more']) {
    assert.equal((await call('POST', 'environment/import', exported.body)).status, 204)
  }
  const again = await call('POST', 'environment/export')
  assert.deepEqual(again.body['templates'], exported.body['templates'])
  const { body } = await call('GET', `template/${name}`)
  assert.deepEqual([body['title'], body['version'], body['code']], ['T', 1, code])
  const templates = [
    { name, code: `${code} // other` },
    { name: 'a b', code },
  ]
  const refused = await call('POST', 'environment/import', { templates })
  assert.deepEqual(detail(refused).loc, ['body', 'templates', '[1]', 'name'])
  assert.equal((await call('GET', `template/${name}`)).body['version'], 1)
})
