// A customer with a token of theirs, through the official client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiException, Svix } from 'svix'
import { startBellwire } from '../harness.ts'

const { svix, url, call } = await startBellwire()
const clientWith = (token: string) => new Svix(token, { serverUrl: url, retryScheduleInMs: [] })
const refused = (asked: Promise<unknown>, code: number) =>
  assert.rejects(asked, (error) => error instanceof ApiException && error.code === code)

test('a customer gets access, manages their endpoints, and logs out', async () => {
  await svix.application.create({ name: 'Other', uid: 'other' })
  const access = await svix.authentication.appPortalAccess('acme', {
    application: { name: 'Acme', uid: 'acme' },
    sessionId: 'user_1',
    expiry: 3600,
  })
  assert.equal(access.url, `${url}/portal#key=${access.token}`)

  const customer = clientWith(access.token)
  const { id } = await customer.endpoint.create('acme', { url: 'http://127.0.0.1:9999/' })
  assert.match((await customer.endpoint.getSecret('acme', id)).key, /^whsec_/)
  assert.equal((await customer.application.get('acme')).name, 'Acme')
  await refused(customer.endpoint.list('other'), 404)
  await refused(customer.application.list(), 403)
  await refused(customer.message.create('acme', { eventType: 'a', payload: {} }), 403)

  await customer.authentication.logout()
  await refused(customer.endpoint.list('acme'), 401)
})

test('all tokens of a customer end together', async () => {
  const access = () => svix.authentication.appPortalAccess('acme', {})
  const customers = [clientWith((await access()).token), clientWith((await access()).token)]
  for (const customer of customers) await customer.application.get('acme')
  await svix.authentication.expireAll('acme', {})
  for (const customer of customers) await refused(customer.application.get('acme'), 401)
})

test('a key for sending only sends, until it is expired', async () => {
  const { envId } = (await call('GET', '/auth/whoami')).body as { envId: string }
  // This client has no methods for it; others have.
  const keys = `/management/authentication/${envId}/api-token`
  const made = (await call('POST', keys, { name: 'shop', scopes: ['send-only'] })).body
  const shop = clientWith(String(made['token']))
  await shop.message.create('acme', { eventType: 'a', payload: {} })
  await refused(shop.message.list('acme'), 403)
  assert.equal((await call('POST', `${keys}/${made['id']}/expire`)).status, 204)
  await refused(shop.message.create('acme', { eventType: 'a', payload: {} }), 401)
})
