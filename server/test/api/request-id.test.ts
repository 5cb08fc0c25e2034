import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const idOf = async (path: string, given?: string) => {
  const headers = given === undefined ? {} : { 'x-request-id': given }
  return (await api.call({ method: 'GET', path, headers })).headers['x-request-id']
}

// That every answer carries one, and every error names it, is checked of each answer in contract.ts.
for (const path of ['app', 'app/unknown', 'nothing', 'app/%zz', 'app?limit=0', '/healthz']) {
  test(`${path} says the request id that it was given`, async () => {
    assert.equal(await idOf(path, 'req-1.2:3_4'), 'req-1.2:3_4')
  })
}

for (const given of ['has space', 'x'.repeat(129), 'semi;colon', '<script>', '']) {
  test(`a request id "${given.slice(0, 10)}" is replaced by one of ours`, async () => {
    assert.match(String(await idOf('app', given)), /^[0-9a-f-]{36}$/)
  })
}

test('two requests have two ids', async () => {
  assert.notEqual(await idOf('app'), await idOf('app'))
})

test('the web app has one too, and what browsers need to be strict', async () => {
  const reply = await fetch(await api.listen())
  assert.match(String(reply.headers.get('x-request-id')), /^[0-9a-f-]{36}$/)
  assert.equal(reply.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(reply.headers.get('access-control-allow-origin'), null)
})
