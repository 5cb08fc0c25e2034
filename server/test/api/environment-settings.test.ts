// What an operator decides for a whole environment, and that each setting does what it says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseId, toUuid } from '../../src/domain/ids.ts'
import { recordExhausted } from '../../src/store/endpoint-health.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const PATH = 'management/environment-settings'
const DEFAULTS = {
  enforceHttps: false,
  disableEndpointOnFailure: true,
  disableAfterFailures: null,
  retrySchedule: null,
  defaultSecretKind: 'hmac',
  schemaPolicy: 'off',
  requireEventType: false,
  verifyEndpointUrls: 'off',
}
const app = (await api.post('app', { name: 'app' })).body.id
const endpoints = `app/${app}/endpoint`
const http = 'http://example.com/'
const https = 'https://example.com/'
const old = (await api.post(endpoints, { url: http })).body.id

test('without any they are the defaults', async () => {
  assert.deepEqual((await api.get(PATH)).body, DEFAULTS)
})

test('PATCH changes what it names, PUT returns the rest to the defaults', async () => {
  const warn = { ...DEFAULTS, schemaPolicy: 'warn' }
  assert.deepEqual((await api.patch(PATH, { schemaPolicy: 'warn' })).body, warn)
  const both = { ...warn, enforceHttps: true }
  assert.deepEqual((await api.patch(PATH, { enforceHttps: true })).body, both)
  assert.deepEqual((await api.patch(PATH)).body, both)
  assert.deepEqual((await api.get(PATH)).body, both)
  const put = { ...DEFAULTS, requireEventType: true }
  assert.deepEqual((await api.put(PATH, { requireEventType: true })).body, put)
  assert.deepEqual((await api.put(PATH)).body, DEFAULTS)
  assert.deepEqual((await api.get(PATH)).body, DEFAULTS)
})

test('two changes at once lose nothing', async () => {
  await Promise.all([
    api.patch(PATH, { schemaPolicy: 'warn' }),
    api.patch(PATH, { defaultSecretKind: 'ed25519' }),
    api.patch(PATH, { requireEventType: true }),
  ])
  const { schemaPolicy, defaultSecretKind, requireEventType } = (await api.get(PATH)).body
  assert.deepEqual([schemaPolicy, defaultSecretKind, requireEventType], ['warn', 'ed25519', true])
  await api.put(PATH)
})

const refused = (name: string, body: object) =>
  (['PUT', 'PATCH'] as const).map((method) => ({
    ...{ name: `${method} refuses ${name}`, method, path: PATH, body, status: 422 },
    loc: ['body', Object.keys(body)[0]!],
  }))
testCases(api, [
  ...refused('a number for a switch', { enforceHttps: 1 }),
  ...refused('null', { enforceHttps: null }),
  ...refused('another policy', { schemaPolicy: 'maybe' }),
  ...refused('another way to verify URLs', { verifyEndpointUrls: true }),
  ...refused('another kind of secret', { defaultSecretKind: 'rsa' }),
  ...refused('a setting that would do nothing', { retryPolicy: [5, 300] }),
  ...refused('a limit that would not limit', { endpointsPerAppLimit: 3 }),
  ...refused('a switch that would not switch', { readOnly: true }),
  {
    name: 'the values that say nothing, and looks of the portal, are ignored',
    ...{ method: 'PATCH', path: PATH, status: 200 },
    body: { retryPolicy: null, readOnly: false, customColor: '#ff0000' },
  },
])

test('with enforceHttps an http URL is 422 and an https one 201, also in PUT and PATCH', async () => {
  await api.patch(PATH, { enforceHttps: true })
  const own = `${endpoints}/${old}`
  for (const answer of [
    await api.post(endpoints, { url: http }),
    await api.put(`${endpoints}/unknown`, { url: http }),
    await api.put(own, { url: http }),
    await api.patch(own, { url: http }),
  ]) {
    assert.equal(answer.status, 422, answer.text)
    assert.match(answer.text, /"loc":\["body","url"\],"msg":"expected an https:/)
  }
  assert.equal((await api.post(endpoints, { url: https })).status, 201)
  // What was there before stays as it is, and can be changed in other ways.
  assert.equal((await api.patch(own, { description: 'kept' })).body['url'], http)
  assert.equal((await api.patch(own, { url: https })).status, 200)
  await api.put(PATH)
  assert.equal((await api.post(endpoints, { url: http })).status, 201)
})

test('with Ed25519 as the default kind new and rotated secrets are whpk_', async () => {
  const secretOf = async (id: string) => (await api.get(`${endpoints}/${id}/secret`)).body.key
  const hmac = (await api.post(endpoints, { url: https })).body.id
  await api.patch(PATH, { defaultSecretKind: 'ed25519' })
  for (const body of [{ url: https }, { url: https, secret: null }]) {
    assert.match(await secretOf((await api.post(endpoints, body)).body.id), /^whpk_/)
  }
  const put = await api.put(`${endpoints}/new-one`, { url: https, uid: 'new-one' })
  assert.match(await secretOf(put.body.id), /^whpk_/)
  assert.match(await secretOf(hmac), /^whsec_/)
  await api.post(`${endpoints}/${hmac}/secret/rotate`, {})
  assert.match(await secretOf(hmac), /^whpk_/)
  // A secret that is given stays what it is.
  const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
  const given = (await api.post(endpoints, { url: https, secret })).body.id
  assert.equal(await secretOf(given), secret)
  await api.put(PATH)
  await api.post(`${endpoints}/${hmac}/secret/rotate`, {})
  assert.match(await secretOf(hmac), /^whsec_/)
})

for (const disableEndpointOnFailure of [false, true]) {
  test(`disableEndpointOnFailure ${disableEndpointOnFailure}: what fails for too long is ${disableEndpointOnFailure ? '' : 'not '}switched off`, async () => {
    await api.put(PATH, { disableEndpointOnFailure })
    const { id } = (await api.post(endpoints, { url: https })).body
    const endpointId = parseId('endpoint', id)!
    await api.store.pool.query(
      `insert into endpoint_health values ($1, now() - interval '15 seconds')`,
      [toUuid(endpointId)],
    )
    const off = await recordExhausted(api.store.db, endpointId, { periodSeconds: 10 })
    assert.equal(off, disableEndpointOnFailure)
    const { disabled } = (await api.get(`${endpoints}/${id}`)).body
    assert.equal(disabled, disableEndpointOnFailure)
  })
}

test('they are those of the own environment', async () => {
  await api.put(PATH, { enforceHttps: true })
  const { token } = await api.otherEnvironment()
  const other = await api.call({ method: 'GET', path: PATH, token })
  assert.deepEqual(other.body, DEFAULTS)
})
