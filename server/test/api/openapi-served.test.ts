// What is served is the document; a key adds the webhooks of its own environment.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOpenApi, toText } from '../../src/api/openapi.ts'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'

const api = await startApi()
const url = await api.listen()
const other = await api.otherEnvironment()
const get = (path: string, token?: string) =>
  fetch(
    `${url}${path}`,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  )

const schema = {
  type: 'object',
  properties: { id: { $ref: '#/definitions/Id' } },
  definitions: { Id: { type: 'string' } },
}
await api.post('event-type', {
  name: 'lead.create',
  description: 'A lead',
  schemas: { '1': { type: 'string' }, '2': schema, '10': { ...schema, title: 'newest' } },
})
await api.post('event-type', { name: 'archived', description: '', archived: true })
await api.post('event-type', { name: 'without', description: '' })

for (const path of ['/openapi.json', '/api/v1/openapi.json']) {
  test(`${path} is the document, for anybody and from anywhere`, async () => {
    const answer = await get(path)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(await answer.text(), toText(toOpenApi(routes)))
  })
}

test('with a key it has the event types that are not archived as webhooks', async () => {
  const { webhooks } = (await (await get('/openapi.json', api.token)).json()) as {
    webhooks: Record<string, { post: { requestBody: { content: Record<string, unknown> } } }>
  }
  assert.deepEqual(Object.keys(webhooks), ['lead.create', 'without'])
  assert.deepEqual(webhooks['lead.create']!.post.requestBody.content, {
    'application/json': {
      schema: { $id: 'urn:bellwire:event-type:lead.create:10', ...schema, title: 'newest' },
    },
  })
})

test('a schema is there as it was kept: its numbers, and names that JavaScript has plans for', async () => {
  const schema = '{"maximum":1.0,"minimum":-12345678901234567890,"multipleOf":0.50'
  const named = '"properties":{"__proto__":{"title":"own"},"2":{},"1":{}}'
  const types = '{"name":"exact","description":"","groupName":"g","deprecated":true,"schemas"'
  assert.equal((await api.post('event-type', `${types}:{"1":${schema},${named}}}}`)).status, 201)
  const text = await (await get('/openapi.json', api.token)).text()
  for (const part of schema.slice(1).split(',')) assert.ok(compact(text).includes(part), part)
  const { webhooks } = JSON.parse(text) as { webhooks: { exact: { post: object } } }
  const { requestBody, ...post } = webhooks.exact.post as { requestBody: object }
  assert.match(JSON.stringify(requestBody), /"__proto__":\{"title":"own"\}/)
  const { tags, deprecated } = post as { tags?: string[]; deprecated?: boolean }
  assert.deepEqual([tags, deprecated], [['g'], true])
  await api.delete('event-type/exact?expunge=true')
})

const compact = (text: string) => text.replaceAll('": ', '":')

test('a changed or imported schema is there at once, and one behind a flag for its customers only', async () => {
  const webhooks = async (token = api.token) => {
    const answer = await get('/openapi.json', token)
    return ((await answer.json()) as { webhooks: Record<string, object> }).webhooks
  }
  const spec = { webhooks: { read: { post: { summary: 'Read' } } } }
  await api.post('event-type/import/openapi', { spec })
  await api.patch('event-type/read', { schemas: { 1: { title: 'first' } }, featureFlag: 'beta' })
  assert.match(JSON.stringify(await webhooks()), /"title":"first"/)
  const app = (await api.post('app', { name: 'app' })).body.id
  const [with_, without] = [
    await api.tokenOf(app, { featureFlags: ['beta'] }),
    await api.tokenOf(app),
  ]
  assert.ok('read' in (await webhooks(with_)))
  assert.ok(!('read' in (await webhooks(without))))
  await api.patch('event-type/read', { schemas: null })
  const { read } = await webhooks()
  assert.match(JSON.stringify(read), /"schema":\{"type":"object"\}/)
  await api.delete('event-type/read')
  assert.ok(!('read' in (await webhooks())))
})

test("with another environment's key it has none of them", async () => {
  const answer = (await (await get('/openapi.json', other.token)).json()) as { webhooks: object }
  assert.deepEqual(answer.webhooks, {})
})

test('a bad key is refused', async () => {
  assert.equal((await get('/openapi.json', 'nonsense')).status, 401)
})
