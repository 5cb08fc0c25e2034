// A refused request leaves every row of every table as it was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'
import { requestFor, seedNames, snapshot } from './requests.ts'

const api = await startApi()
const names = await seedNames(api)
const app = `app/${names['app_id']}`
const endpoint = `${app}/endpoint/${names['endpoint_id']}`
const url = 'https://example.com/'
await api.post('app', { name: 'taken', uid: 'taken' })
await api.post(`${app}/endpoint`, { url, uid: 'taken' })
await api.post(`${app}/msg`, { eventType: 'a', payload: {}, eventId: 'taken' })
await api.put(`${endpoint}/headers`, { headers: { 'X-There': 'yes' } })

const keys = `management/authentication/${api.environmentId}/api-token`

const REFUSED: [string, string, unknown, number][] = [
  ['POST', 'app', { name: 'x', uid: 'taken' }, 409],
  ['POST', 'app', { name: 'x', metadata: { a: 1 } }, 422],
  ['POST', 'app?get_if_exists=maybe', { name: 'x' }, 400],
  ['PUT', app, { name: 'x', uid: 'taken' }, 409],
  ['PUT', 'app/unknown', { name: 'x', uid: 'taken' }, 409],
  ['PATCH', app, { name: 'x', uid: 'taken' }, 409],
  ['PATCH', app, { name: 'x', throttleRate: 0 }, 422],
  ['POST', `${app}/endpoint`, { url, uid: 'taken' }, 409],
  ['POST', `${app}/endpoint`, { url, headers: { host: 'x' } }, 422],
  ['POST', `${app}/endpoint`, { url, secret: 'short' }, 422],
  ['POST', `${app}/endpoint`, { url, eventTypes: ['typo'] }, 422],
  ['POST', `${app}/endpoint`, { url: 'http://10.0.0.1/' }, 422],
  ['PUT', endpoint, { url, uid: 'taken' }, 409],
  ['PUT', endpoint, { url, eventTypes: ['typo'] }, 422],
  ['PUT', `${app}/endpoint/unknown`, { url, uid: 'taken' }, 409],
  ['PATCH', endpoint, { description: 'x', uid: 'taken' }, 409],
  ['PATCH', endpoint, { description: 'x', url: 'http://10.0.0.1/' }, 422],
  ['PATCH', endpoint, { description: 'x', eventTypes: ['typo'] }, 422],
  ['PUT', `${endpoint}/headers`, { headers: { 'X-Good': '1', host: 'x' } }, 422],
  ['PATCH', `${endpoint}/headers`, { headers: { 'X-There': null, host: 'x' } }, 422],
  ['POST', `${endpoint}/secret/rotate`, { key: 'short' }, 422],
  ['POST', `${endpoint}/secret/rotate`, { gracePeriodSeconds: -1 }, 422],
  ['POST', 'event-type', { name: names['event_type_name'], description: 'x' }, 409],
  ['PUT', 'event-type/a%20b', { description: 'x' }, 422],
  ['POST', `${app}/msg`, { eventType: 'a', payload: {}, eventId: 'taken' }, 409],
  ['POST', `${app}/msg`, { eventType: 'a', payload: [] }, 422],
  ['POST', 'app/unknown/msg', { eventType: 'a', payload: {} }, 404],
  [
    'POST',
    'app/x/msg',
    { eventType: 'a b', payload: {}, application: { uid: 'x', name: 'x' } },
    422,
  ],
  [
    'POST',
    'app/x/msg?with_content=maybe',
    { eventType: 'a', payload: {}, application: { uid: 'x', name: 'x' } },
    400,
  ],
  ['POST', keys, { name: '' }, 422],
  ['POST', keys, { name: 'x', expiresAt: 'soon' }, 422],
  ['POST', keys, { name: 'x', scopes: ['all'] }, 422],
  ['PATCH', `${keys}/${names['key_id']}`, { name: 'x', scopes: [] }, 422],
  ['POST', `${keys}/${names['key_id']}/expire`, { expiry: 259_201 }, 422],
  ['POST', `auth/app-portal-access/${names['app_id']}`, { expiry: 3599 }, 422],
  ['POST', 'auth/app-portal-access/x', { application: { name: 'x', uid: 'y' } }, 422],
  ['POST', `auth/app/${names['app_id']}/expire-all`, { expiry: 259_201 }, 422],
  ['POST', 'auth/logout', undefined, 403],
]

for (const [method, path, body, status] of REFUSED) {
  const what = `${method} ${path.replaceAll(/_\w{27}/g, '')} ${JSON.stringify(body)}`
  test(`${what} answers ${status} and writes nothing`, async () => {
    const before = await snapshot(api)
    const reply = await api.call({ method, path, body })
    assert.equal(reply.status, status, reply.text)
    assert.deepEqual(await snapshot(api), before)
  })
}

for (const entry of routes.filter(({ access }) => access !== 'none')) {
  for (const [what, token, body] of [
    ['without a key', 'nonsense', undefined],
    ['with a body that is no JSON', api.token, '{'],
    ['with a body that is too large', api.token, Buffer.alloc(200 * 1024, ' ')],
  ] as const) {
    const ignored = what !== 'without a key' && entry.body === undefined
    if (entry.method === 'GET' || ignored) continue
    test(`${entry.operationId} ${what} writes nothing`, async () => {
      const before = await snapshot(api)
      const request = { ...requestFor(entry, names), token, ...(body && { body }) }
      assert.ok((await api.call(request)).status >= 400)
      assert.deepEqual(await snapshot(api), before)
    })
  }
}
