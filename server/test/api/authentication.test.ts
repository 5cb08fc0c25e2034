import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/api/routes.ts'
import { createApiKey, revokeApiKey } from '../../src/store/api-keys.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const other = await api.otherEnvironment()
const { db } = api.store
const past = new Date(Date.now() - 1000)
const expired = await createApiKey(db, api.environmentId, { name: 'expired', expiresAt: past })
const revoked = await createApiKey(db, api.environmentId, { name: 'revoked' })
await revokeApiKey(db, api.environmentId, revoked.key.id)

const list = { method: 'GET', path: 'app' }
const raw = (authorization: string) => ({ ...list, token: null, headers: { authorization } })
const refused = {
  status: 401,
  has: ['"code":"authentication_failed"', '"detail":"Invalid token"'],
}

testCases(api, [
  { name: 'no header is refused', ...list, token: null, ...refused },
  { name: 'a nonsense token is refused', ...list, token: 'nonsense', ...refused },
  { name: 'an empty token is refused', ...raw('Bearer '), ...refused },
  { name: 'the scheme alone is refused', ...raw('Bearer'), ...refused },
  { name: 'a token without scheme is refused', ...raw(api.token), ...refused },
  { name: 'another scheme is refused', ...raw(`Basic ${api.token}`), ...refused },
  { name: 'two tokens are refused', ...raw(`Bearer ${api.token} ${api.token}`), ...refused },
  { name: 'a token with a letter more is refused', ...list, token: `${api.token}x`, ...refused },
  {
    name: 'a token with a letter less is refused',
    ...list,
    token: api.token.slice(0, -1),
    ...refused,
  },
  {
    name: 'a token in another case is refused',
    ...list,
    token: api.token.toUpperCase(),
    ...refused,
  },
  { name: 'a very long token is refused', ...list, token: 'x'.repeat(8000), ...refused },
  { name: 'an expired key is refused', ...list, token: expired.token, ...refused },
  { name: 'a revoked key is refused', ...list, token: revoked.token, ...refused },
  { name: 'the scheme may be in any case', ...raw(`bearer ${api.token}`), status: 200 },
  {
    name: 'a token may name its environment',
    ...list,
    token: `${api.token}|${api.environmentId}`,
    status: 200,
  },
  {
    name: "another environment's id beside a token is refused",
    ...list,
    token: `${api.token}|${other.environmentId}`,
    ...refused,
  },
  { name: 'a malformed environment is refused', ...list, token: `${api.token}|org_x`, ...refused },
  { name: 'an empty environment is refused', ...list, token: `${api.token}|`, ...refused },
  { name: 'the key comes before the query', ...list, path: 'app?limit=x', token: 'x', ...refused },
  { name: 'the key comes before the path', ...list, path: 'app/x/msg', token: 'x', ...refused },
  {
    name: 'the key comes before the body',
    method: 'POST',
    path: 'app',
    body: '{',
    token: 'x',
    ...refused,
  },
  {
    name: 'the application comes before the body',
    method: 'POST',
    path: 'app/x/endpoint',
    body: '{',
    status: 404,
  },
  {
    name: 'the body of a message comes before its application',
    method: 'POST',
    path: 'app/x/msg',
    body: '{',
    status: 422,
  },
])

for (const { method, path } of routes.filter(({ access }) => access !== 'none')) {
  test(`${method} ${path} needs a key`, async () => {
    const reply = await api.call({ method, path: path.replace(/:\w+/g, 'x'), token: null })
    assert.equal(reply.status, 401)
    const { code, detail } = reply.body
    assert.deepEqual({ code, detail }, { code: 'authentication_failed', detail: 'Invalid token' })
  })
}
