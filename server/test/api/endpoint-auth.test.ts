// How requests prove themselves: what is taken, what is refused and where it says so, and that no secret
// comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointId } from '../../src/domain/ids.ts'
import { findAuth } from '../../src/store/endpoint-auth.ts'
import { seal } from '../seed.ts'
import { startApi } from './api.ts'
import { assertCase, testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const url = 'https://example.com/'
const tokenUrl = 'https://example.com/token'

const ALL = {
  bearer: { token: 'hunter-1' },
  secretHeaders: { 'X-Key': 'hunter-2' },
  secretInBody: { member: 'secret', value: 'hunter-3' },
  signature: { header: 'X-S', secret: 'hunter-4' },
}
const NONE = {
  ...{ basic: null, bearer: null, oauth2: null, secretHeaders: [], secretInBody: null },
  ...{ signature: null, standardSignature: true },
}
const OAUTH2 = {
  tokenUrl,
  clientId: 'id',
  clientSecret: 'hunter-5',
  extraParams: { a: 'hunter-6' },
}

async function create(more: object = {}) {
  const made = await api.post(`app/${app}/endpoint`, { url, ...more })
  assert.equal(made.status, 201, made.text)
  const path = `app/${app}/endpoint/${made.body.id}`
  const change = async (method: string, body?: object) => {
    const reply = await api.call({ method, path: `${path}/auth`, ...(body && { body }) })
    assert.equal(reply.status, 204, reply.text)
  }
  const get = async () => {
    const reply = await api.get(`${path}/auth`)
    assert.equal(reply.status, 200)
    assert.ok(!reply.text.includes('hunter'), reply.text)
    return reply.body
  }
  return { path, change, get, id: made.body.id }
}

const setup = await create()
const path = `${setup.path}/auth`

const stored = (id: string) => findAuth(api.store.db, seal, id as EndpointId)

test('a new endpoint has none but the signatures of Standard Webhooks', async () => {
  const { get } = await create()
  assert.deepEqual(await get(), NONE)
})

test('what is set is shown without its secrets', async () => {
  const { get, change } = await create()
  await change('PUT', ALL)
  assert.deepEqual(await get(), {
    ...NONE,
    ...{
      bearer: { scheme: 'Bearer' },
      secretHeaders: ['X-Key'],
      secretInBody: { member: 'secret' },
    },
    signature: {
      ...{ header: 'X-S', value: '{signature}', signed: '{body}', algorithm: 'sha256' },
      ...{ encoding: 'hex', timestampHeader: null, timestampUnit: 'seconds', idHeader: null },
      secretEncoding: 'text',
    },
  })
  await change('PUT', { oauth2: OAUTH2 })
  assert.deepEqual(await get(), {
    ...NONE,
    oauth2: {
      ...{ tokenUrl, clientId: 'id', authMethod: 'clientSecretBasic', scopes: [], audience: null },
      extraParams: ['a'],
    },
  })
  await change('PUT', { basic: { username: 'hunter', password: 'hunter' } })
  assert.deepEqual(await get(), { ...NONE, basic: {} })
})

test('it can be given at creation, is refused there like anywhere, and the answer has none of it', async () => {
  const made = await api.post(`app/${app}/endpoint`, { url, auth: ALL })
  assert.equal(made.status, 201)
  assert.ok(!made.text.includes('hunter'))
  const { body } = await api.get(`app/${app}/endpoint/${made.body.id}/auth`)
  assert.deepEqual(body['secretHeaders'], ['X-Key'])
  const post = { method: 'POST', path: `app/${app}/endpoint`, name: '', status: 422 }
  const clash = { headers: { 'x-key': '1' }, auth: { secretHeaders: { 'X-Key': 'hunter' } } }
  const bad = { auth: { oauth2: { ...OAUTH2, tokenUrl: 'https://10.0.0.1/' } } }
  const at = ['body', 'auth']
  await assertCase(api, { ...post, body: { url, ...clash }, loc: [...at, 'secretHeaders'] })
  await assertCase(api, { ...post, body: { url, ...bad }, loc: [...at, 'oauth2', 'tokenUrl'] })
  const no = { auth: { oauth2: { ...OAUTH2, tokenUrl: 'token' } } }
  await assertCase(api, {
    ...{ ...post, path: `app/${app}/bin-endpoint`, body: { endpoint: no } },
    loc: ['body', 'endpoint', 'auth', 'oauth2', 'tokenUrl'],
  })
  const missing = { auth: { bearer: {} } }
  await assertCase(api, { ...post, body: { url, ...missing }, loc: [...at, 'bearer', 'token'] })
})

test('PUT replaces all, PATCH what it names, null and DELETE take away', async () => {
  const { get, change } = await create({ auth: ALL })
  await change('PATCH', { bearer: null, secretHeaders: null })
  assert.deepEqual(
    [(await get())['bearer'], (await get())['secretHeaders'], (await get())['secretInBody']],
    [null, [], { member: 'secret' }],
  )
  await change('PATCH', { standardSignature: false })
  assert.equal((await get())['standardSignature'], false)
  await change('PUT', { bearer: ALL.bearer })
  assert.deepEqual(await get(), { ...NONE, bearer: { scheme: 'Bearer' } })
  await change('DELETE')
  assert.deepEqual(await get(), NONE)
  await change('PUT', ALL)
  await change('PUT', {})
  assert.deepEqual(await get(), NONE)
  await change('DELETE')
})

test('PATCH keeps a secret that is not given; of a client only for the server it was given for', async () => {
  const { id, change, path } = await create({ auth: { oauth2: OAUTH2, signature: ALL.signature } })
  await change('PATCH', { signature: { header: 'X-Other', algorithm: 'sha512' } })
  await change('PATCH', { oauth2: { tokenUrl: `${tokenUrl}/2`, clientId: 'id' } })
  const { oauth2, signature } = (await stored(id))!
  assert.deepEqual(
    [oauth2!.clientSecret, signature!.secret, signature!.header, signature!.algorithm],
    ['hunter-5', 'hunter-4', 'X-Other', 'sha512'],
  )
  const patch = { method: 'PATCH', path: `${path}/auth`, name: '', status: 422 }
  await assertCase(api, {
    ...patch,
    body: { oauth2: { tokenUrl: 'https://other.example.com/', clientId: 'id' } },
    loc: ['body', 'oauth2', 'clientSecret'],
    has: ['leads to another server'],
  })
  const body = { secretInBody: { member: 'a' } }
  await assertCase(api, { ...patch, body, loc: ['body', 'secretInBody', 'value'] })
})

test('a header belongs to one of both: the custom ones, or these', async () => {
  const { path } = await create({ headers: { 'X-Team': 'a' }, auth: ALL })
  const headers = (method: string, names: object) =>
    assertCase(api, {
      ...{ name: '', method, path: `${path}/headers`, body: { headers: names } },
      ...{ status: 422, loc: ['body', 'headers'], has: ['set by auth'] },
    })
  await headers('PUT', { 'x-KEY': '1' })
  await headers('PATCH', { 'x-s': '1' })
  await headers('PUT', { Authorization: 'mine' })
  const auth = (body: object, loc: string[]) =>
    assertCase(api, {
      ...{ name: '', method: 'PATCH', path: `${path}/auth`, body },
      ...{ status: 422, loc, has: ['custom header'], hasNot: ['hunter'] },
    })
  await auth({ secretHeaders: { 'x-team': 'hunter' } }, ['body', 'secretHeaders'])
  const signature = { header: 'X-S', secret: 'hunter-4', timestampHeader: 'X-TEAM' }
  await auth({ signature }, ['body', 'signature', 'timestampHeader'])
  assert.equal((await api.put(`${path}/headers`, { headers: { 'X-Team': 'b' } })).status, 204)
})

test('a change is noted without secrets, and told as an update', async () => {
  const { change, id } = await create()
  await change('PUT', ALL)
  await change('PATCH', { bearer: { token: 'hunter-7' } })
  await change('DELETE')
  const { body, text } = await api.get(`audit-log?target_id=${id}`)
  const operations = body.data.map((row) => row['operation'])
  assert.deepEqual(operations.toSorted(), [
    'bellwire.endpoint.delete-auth',
    'bellwire.endpoint.patch-auth',
    'bellwire.endpoint.set-auth',
    'v1.endpoint.create',
  ])
  assert.ok(!text.includes('hunter'), text)
})

test('what is stored is sealed, and erased with the endpoint', async () => {
  const { path, id } = await create({ auth: ALL })
  const row = async () => {
    const sql = 'select * from endpoint order by created_at desc limit 1'
    const { rows } = await api.store.pool.query<{ auth: Buffer | null }>(sql)
    return rows[0]!
  }
  const { auth } = await row()
  assert.ok(auth !== null && !auth.includes('hunter') && !auth.includes('X-Key'))
  assert.equal((await api.delete(path)).status, 204)
  assert.equal((await row()).auth, null, id)
})

test('the OAuth2 of clients of the Svix API is the same, through its own door', async () => {
  const { path, get, change, id } = await create({ auth: { secretHeaders: ALL.secretHeaders } })
  assert.equal((await api.get(`${path}/oauth`)).status, 404)
  assert.deepEqual((await api.get(`${path}/oauth-config`)).body, { enabled: false, config: null })
  const given = { ...OAUTH2, grantType: 'clientCredentials', authMethod: 'clientSecretPost' }
  const put = (body: object) => api.put(`${path}/oauth`, body)
  assert.equal((await put({ ...given, scopes: ['a'] })).status, 204)
  const config = {
    ...{ grantType: 'clientCredentials', authMethod: 'clientSecretPost', clientId: 'id' },
    ...{ tokenUrl, scopes: ['a'] },
  }
  assert.deepEqual((await api.get(`${path}/oauth`)).body, config)
  assert.deepEqual((await api.get(`${path}/oauth-config`)).body, { enabled: true, config })
  assert.deepEqual((await get())['secretHeaders'], ['X-Key'], 'the rest stays')
  assert.equal((await stored(id))!.oauth2!.clientSecret, 'hunter-5')
  const wrong = (name: string, body: object, loc: string[]) =>
    assertCase(api, { name, method: 'PUT', path: `${path}/oauth`, body, status: 422, loc })
  await wrong('a grant of another kind', { ...given, grantType: 'refreshToken' }, [
    'body',
    'grantType',
  ])
  await wrong('no secret', { ...given, clientSecret: null }, ['body', 'clientSecret'])
  const { clientSecret, ...without } = given
  await wrong('secrets are not kept', without, ['body', 'clientSecret'])
  await wrong('inside', { ...given, tokenUrl: 'https://10.0.0.1/' }, ['body', 'tokenUrl'])
  assert.equal((await api.delete(`${path}/oauth`)).status, 204)
  assert.deepEqual([(await get())['oauth2'], (await get())['secretHeaders']], [null, ['X-Key']])
  await change('PUT', { bearer: ALL.bearer })
  await wrong('a login beside it', given, ['body'])
})

const refused = (name: string, body: object, loc: string[], has: string[] = []) => ({
  ...{ name, method: 'PUT', path, body, status: 422, loc: ['body', ...loc] },
  ...{ has, hasNot: ['hunter'] },
})
const signature = (more: object) => ({
  signature: { header: 'X-S', secret: 'hunter-four', ...more },
})

testCases(api, [
  refused(
    'two logins are one too many',
    { basic: { username: 'a', password: 'hunter' }, bearer: { token: 'hunter' } },
    ['bearer'],
    ['only one of basic, bearer and oauth2'],
  ),
  refused(
    'a login and a header of its name',
    { ...ALL, secretHeaders: { AUTHORIZATION: 'hunter' } },
    ['secretHeaders'],
    ['already set by bearer'],
  ),
  refused('a user name has no colon', { basic: { username: 'a:b', password: 'hunter' } }, [
    'basic',
    'username',
  ]),
  refused('a token has no spaces', { bearer: { token: 'hunter 2' } }, ['bearer', 'token']),
  refused('a token is not empty', { bearer: { token: '' } }, ['bearer', 'token']),
  refused('a token must be given', { bearer: { scheme: 'Token' } }, ['bearer', 'token']),
  refused('a scheme is a word', { bearer: { token: 'hunter', scheme: 'a b' } }, [
    'bearer',
    'scheme',
  ]),
  refused(
    'a reserved header',
    { secretHeaders: { 'webhook-signature': 'hunter' } },
    ['secretHeaders'],
    ['webhook-signature', 'cannot be set'],
  ),
  refused('a reserved prefix', signature({ header: 'svix-signature' }), ['signature', 'header']),
  refused('a header of the frame', signature({ timestampHeader: 'Date' }), [
    'signature',
    'timestampHeader',
  ]),
  refused('no header name', signature({ idHeader: 'X Id' }), ['signature', 'idHeader']),
  refused('a value that splits headers', { secretHeaders: { 'X-Key': 'hunter\r\nX: y' } }, [
    'secretHeaders',
  ]),
  refused('an empty value', { secretHeaders: { 'X-Key': ' ' } }, ['secretHeaders']),
  refused(
    'one header for two things',
    signature({ timestampHeader: 'x-s' }),
    ['signature', 'timestampHeader'],
    ['already set by signature.header'],
  ),
  refused(
    'a value without its signature',
    signature({ value: 'sha256=' }),
    ['signature', 'value'],
    ['{signature}'],
  ),
  refused(
    'an unknown place',
    signature({ signed: '{body}{nonce}' }),
    ['signature', 'signed'],
    ['{nonce}', '{timestamp}'],
  ),
  refused('half a brace', signature({ signed: '{body}{' }), ['signature', 'signed']),
  refused('a signature of nothing', signature({ signed: '{timestamp}' }), ['signature', 'signed']),
  refused(
    'a timestamp that nobody is told',
    { ...signature({ signed: '{timestamp}{body}' }), standardSignature: false },
    ['signature', 'signed'],
    ['timestampHeader'],
  ),
  refused('an unknown algorithm', signature({ algorithm: 'md5' }), ['signature', 'algorithm']),
  refused('a short key', signature({ secret: '1234567' }), ['signature', 'secret'], ['8 bytes']),
  refused('what is not hexadecimal', signature({ secretEncoding: 'hex' }), ['signature', 'secret']),
  refused(
    'what is not base64',
    signature({ secretEncoding: 'base64', secret: 'aHVudGVyaHVudGVy=' }),
    ['signature', 'secret'],
  ),
  refused('nothing in place of the signatures', { standardSignature: false }, [
    'standardSignature',
  ]),
  refused(
    'a login in the token URL',
    { oauth2: { ...OAUTH2, tokenUrl: 'https://a:b@example.com/' } },
    ['oauth2', 'tokenUrl'],
  ),
  refused('no URL', { oauth2: { ...OAUTH2, tokenUrl: 'token' } }, ['oauth2', 'tokenUrl']),
  refused('a client without a secret', { oauth2: { tokenUrl, clientId: 'id' } }, [
    'oauth2',
    'clientSecret',
  ]),
  refused(
    'eleven headers',
    {
      secretHeaders: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`X-${n}`, 'hunter'])),
    },
    ['secretHeaders'],
    ['at most 10'],
  ),
])
