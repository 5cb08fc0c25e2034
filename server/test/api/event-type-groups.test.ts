// Groups among the event types of endpoints and pollers: which are taken, which refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'groups' })).body.id
for (const name of ['lead.create', 'lead.status.update', 'leads']) {
  await api.post('event-type', { name, description: '' })
}
await api.post('event-type', { name: 'secret.a', description: '', featureFlags: ['beta'] })
await api.post('event-type', { name: 'old.a', description: '' })
await api.delete('event-type/old.a')

const create = (eventTypes: string[], token = api.token) =>
  api.call({
    method: 'POST',
    path: `app/${app}/endpoint`,
    body: { url: 'https://example.com/', eventTypes },
    token,
  })

test('a group with a type in it can be named, beside types', async () => {
  const { status, body } = await create(['lead.*', 'leads', 'lead.status.*'])
  assert.equal(status, 201)
  assert.deepEqual(body['eventTypes'], ['lead.*', 'leads', 'lead.status.*'])
  assert.deepEqual(body['filterTypes'], body['eventTypes'])
})

for (const name of ['leads.*', 'lead.create.*', 'old.*', 'LEAD.*', 'none.*']) {
  test(`${name} has no live type in it and is refused`, async () => {
    const refused = await create(['lead.*', name])
    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.detail, [
      { loc: ['body', 'eventTypes'], msg: `no such event types: ${name}`, type: 'value_error' },
    ])
  })
}

for (const name of ['*', 'lead*', 'lead.*.a', '*.create', 'lead.**']) {
  test(`${name} is no name of a group`, async () => {
    assert.equal((await create([name])).status, 422)
  })
}

test('a group of types that a customer cannot see does not exist for it', async () => {
  assert.equal((await create(['secret.*'], await api.tokenOf(app))).status, 422)
  const token = await api.tokenOf(app, { featureFlags: ['beta'] })
  assert.equal((await create(['secret.*'], token)).status, 201)
})

test('operational webhooks have names and no groups', async () => {
  const body = { url: 'https://example.com/', eventTypes: ['endpoint.*'] }
  assert.equal((await api.post('operational-webhook/endpoint', body)).status, 422)
})
