import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Reply, startApi } from './api.ts'

const api = await startApi()
const origin = 'https://portal.example'
const preflight = (path: string, headers: Record<string, string>) =>
  api.call({ method: 'OPTIONS', path, token: null, headers })
const names = (reply: Reply, header: string) =>
  String(reply.headers[header]).toLowerCase().split(', ').sort()

for (const path of ['app', 'app/x/endpoint/y', 'app/x/msg', 'event-type/x']) {
  test(`a browser may ask before it calls ${path}`, async () => {
    const reply = await preflight(path, {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization, content-type, x-anything',
    })
    assert.equal(reply.status, 204)
    assert.equal(reply.headers['access-control-allow-origin'], '*')
    assert.equal(reply.headers['access-control-max-age'], '600')
    const allowed = names(reply, 'access-control-allow-headers')
    assert.deepEqual(allowed, ['authorization', 'content-type', 'x-anything'])
    const methods = names(reply, 'access-control-allow-methods')
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      assert.ok(methods.includes(method), method)
    }
  })
}

for (const [path, status] of [
  ['app', 200],
  ['app/unknown', 404],
  ['nothing', 404],
  ['app/%zz', 400],
  ['app?limit=0', 422],
] as const) {
  test(`a browser may read that ${path} answers ${status}`, async () => {
    const reply = await api.call({ method: 'GET', path, headers: { origin } })
    assert.equal(reply.status, status)
    assert.equal(reply.headers['access-control-allow-origin'], '*')
    assert.ok(names(reply, 'access-control-expose-headers').includes('x-request-id'))
    assert.equal(reply.headers['access-control-allow-credentials'], undefined)
  })
}

test('a browser may read that a key is refused', async () => {
  const reply = await api.call({ method: 'GET', path: 'app', token: 'x', headers: { origin } })
  assert.equal(reply.status, 401)
  assert.equal(reply.headers['access-control-allow-origin'], '*')
})

test('a browser may read that a compressed body is refused', async () => {
  const headers = { origin, 'content-encoding': 'gzip' }
  const reply = await api.call({ method: 'POST', path: 'app', body: 'x', headers })
  assert.equal(reply.status, 400)
  assert.equal(reply.headers['access-control-allow-origin'], '*')
})

test('OPTIONS that is no preflight answers like one', async () => {
  assert.equal((await preflight('app', {})).status, 204)
})
