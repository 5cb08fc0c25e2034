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

test("with another environment's key it has none of them", async () => {
  const answer = (await (await get('/openapi.json', other.token)).json()) as { webhooks: object }
  assert.deepEqual(answer.webhooks, {})
})

test('a bad key is refused', async () => {
  assert.equal((await get('/openapi.json', 'nonsense')).status, 401)
})
