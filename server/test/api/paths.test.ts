import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from '../../src/api/route.ts'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'there', uid: 'a.b-c_D1' })).body
const long = 'u'.repeat(256)
await api.post('app', { name: 'long', uid: long })

const get = { method: 'GET' }
const there = { ...get, status: 200, has: ['"name":"there"'] }
const nothing = { ...get, status: 404, has: ['"code":"not_found"'] }

testCases(api, [
  { name: 'a trailing slash is no difference', ...there, path: `app/${id}/` },
  { name: 'a leading double slash is no difference', ...there, path: `//api/v1/app/${id}` },
  { name: 'many leading slashes are no difference', ...there, path: `////api/v1/app/${id}` },
  { name: 'a query after a slash is read', ...get, path: 'app/?limit=1', status: 200 },
  { name: 'a uid is found as it is', ...there, path: 'app/a.b-c_D1' },
  { name: 'a percent-encoded uid is found', ...there, path: 'app/a%2Eb%2Dc%5FD1' },
  { name: 'unknown query parameters are ignored', ...there, path: `app/${id}?colour=red` },
  { name: 'a uid of 256 characters is found', ...get, path: `app/${long}`, status: 200 },
  {
    name: 'a uid of 256 characters, all percent-encoded, is found',
    ...get,
    path: `app/${'%75'.repeat(256)}`,
    status: 200,
  },
  { name: 'a uid in another case is not found', ...nothing, path: 'app/A.B-C_d1' },
  { name: 'an unknown route is not found', ...nothing, path: 'nothing/here' },
  { name: 'an unknown route beside the API is not found', ...nothing, path: '/nothing' },
  { name: 'it needs no token to be unknown', ...nothing, path: 'nothing', token: null },
  { name: 'an older version of the API is not found', ...nothing, path: '/api/v0/app' },
  {
    name: 'a POST to an unknown route is not found',
    ...nothing,
    method: 'POST',
    path: 'nothing',
    body: '{',
  },
  { name: 'a NUL in a path is not found', ...nothing, path: 'app/%00' },
  { name: 'a NUL in an event type of the path is not found', ...nothing, path: 'event-type/a%00' },
  {
    name: 'a NUL in an endpoint of the path is not found',
    ...nothing,
    path: `app/${id}/endpoint/%00`,
  },
  { name: 'a NUL in a message of the path is not found', ...nothing, path: `app/${id}/msg/%00` },
  {
    name: 'a NUL in an attempt of the path is not found',
    ...nothing,
    path: `app/${id}/msg/x/attempt/%00`,
  },
  {
    name: 'a message for an application with a NUL is not found',
    ...nothing,
    method: 'POST',
    path: 'app/%00/msg',
    body: { eventType: 'a', payload: {} },
  },
  { name: 'a slash inside a value is not found', ...nothing, path: 'app/a%2Fb' },
  { name: 'an overlong value is not found', ...nothing, path: `app/${'u'.repeat(900)}` },
  {
    name: 'broken percent-encoding is refused',
    ...get,
    path: 'app/%zz',
    status: 400,
    has: ['"code":"generic_error"'],
  },
  {
    name: 'percent-encoded bytes that are no UTF-8 are refused',
    ...get,
    path: 'app/%ff',
    status: 400,
  },
])

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const table = Map.groupBy(routes, ({ path }) => path.replace(/:\w+/g, 'x'))
for (const path of table.keys()) {
  // `msg/bulk-expunge` is a path of its own and, for GET, a message of that eventId.
  const fits = (entry: Route) => new RegExp(`^${entry.path.replace(/:\w+/g, '[^/]+')}$`).test(path)
  const allowed = [...new Set(routes.filter(fits).map(({ method }) => method as string))]
  for (const method of METHODS.filter((other) => !allowed.includes(other))) {
    test(`${method} ${path} is no method of this path`, async () => {
      const { status, headers } = await api.call({ method, path, token: null })
      assert.equal(status, 405)
      assert.deepEqual(String(headers['allow']).split(', ').sort(), [...allowed].sort())
    })
  }
}

for (const path of ['app', 'nothing']) {
  test(`TRACE is no method of ${path}, nor of any other`, async () => {
    const { status, headers } = await api.call({ method: 'TRACE', path })
    assert.equal(status, 405)
    assert.equal(headers['allow'], METHODS.join(', '))
  })
}

test('HEAD is no method of a path without GET', async () => {
  const { status } = await api.call({ method: 'HEAD', path: 'app/x/endpoint/y/secret/rotate' })
  assert.equal(status, 405)
})
