// Sources as the API makes them: what is missing or cannot verify anything is refused by its field.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { type Case, testCases } from './cases.ts'

const api = await startApi()
const application = (await api.post('app', { name: 'inbound', uid: 'inbound' })).body.id
const secrets = [{ value: 'It is a secret of GitHub' }]
const github = { application, provider: 'github', secrets }
const hmac = {
  kind: 'hmac',
  algorithm: 'sha512',
  encoding: 'hex',
  signature: { headers: ['X-Acme-Signature'] },
  signed: '{h:X-Acme-Id}.{body}',
}

const refused = (name: string, fields: object, loc: string[]): Case => ({
  ...{ name: `422: ${name}`, method: 'POST', path: 'source', status: 422 },
  body: { ...github, ...fields },
  loc: ['body', ...loc],
})

testCases(api, [
  refused('no provider and no scheme', { provider: undefined }, ['provider']),
  refused('an unknown provider', { provider: 'nobody' }, ['provider']),
  refused('an unknown application', { application: 'nobody' }, ['application']),
  refused('no secrets', { secrets: undefined }, ['secrets']),
  refused('an empty list of secrets', { secrets: [] }, ['secrets']),
  refused('an empty secret', { secrets: [{ value: '' }] }, ['secrets', '[0]', 'value']),
  refused('a blank secret', { secrets: [...secrets, { value: ' \t\n' }] }, [
    ...['secrets', '[1]', 'value'],
  ]),
  refused('a secret that is only a prefix', { secrets: [{ value: 'whsec_' }] }, [
    ...['secrets', '[0]', 'value'],
  ]),
  refused(
    'a secret that is no key of this provider',
    { provider: 'standard-webhooks', secrets: [{ value: 'whsec_c2hvcnQ=' }] },
    ['secrets', '[0]', 'value'],
  ),
  refused(
    'a secret that has ended',
    { secrets: [{ ...secrets[0], expiresAt: '2026-01-01T00:00:00Z' }] },
    [...['secrets', '[0]', 'expiresAt']],
  ),
  refused('a variant that the provider does not have', { variant: 'v9' }, ['variant']),
  refused('a scheme beside a provider that has its own', { scheme: hmac }, ['scheme']),
  refused('a scheme of no kind', { provider: undefined, scheme: { kind: 'magic' } }, [
    ...['scheme', 'kind'],
  ]),
  refused(
    'a scheme that says nowhere where the signature is',
    { provider: undefined, scheme: { ...hmac, signature: {} } },
    ['scheme', 'signature'],
  ),
  refused(
    'a template that cannot be read',
    { provider: undefined, scheme: { ...hmac, signed: '{magic}' } },
    ['scheme'],
  ),
  refused('a place where the provider has its own', { place: { headers: ['X-A'] } }, ['place']),
  refused('a place that is nowhere', { provider: 'supabase', place: {} }, ['place']),
  refused('no URL for a provider that signs it', { provider: 'square' }, ['publicUrl']),
  refused('no webhook id for PayPal', { provider: 'paypal', secrets: [] }, ['webhookId']),
  refused('no topics for Amazon SNS', { provider: 'aws-sns', secrets: [] }, ['allowedTopics']),
  refused('a secret for Amazon SNS', { provider: 'aws-sns', allowedTopics: ['a'] }, ['secrets']),
  refused('no token for the handshake of Meta', { provider: 'meta' }, ['verifyToken']),
  refused('no key of a provider whose keys are not fetched', { provider: 'plaid', secrets: [] }, [
    'secrets',
  ]),
  refused(
    'a key that is for another algorithm',
    { provider: 'plaid', secrets: [{ value: '{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"}' }] },
    ['secrets', '[0]', 'value'],
  ),
  refused('addresses that are none', { allowedAddresses: ['10.0.0.0/33'] }, ['allowedAddresses']),
  refused('a cookie in the answer', { answer: { headers: { 'Set-Cookie': 'a=b' } } }, [
    ...['answer', 'headers', 'Set-Cookie'],
  ]),
  refused('an answer that is no success', { answer: { status: 500 } }, ['answer', 'status']),
  refused('a body that 204 cannot have', { answer: { status: 204, body: 'x' } }, [
    ...['answer', 'body'],
  ]),
  refused('too large a body', { maxBodyBytes: 26 * 1024 * 1024 }, ['maxBodyBytes']),
])

test('a source shows everything but its secrets and its token', async () => {
  const { status, body, text } = await api.post('source', {
    ...github,
    uid: 'hooks',
    publicUrl: 'https://example.com/hooks',
    verifyToken: 'a token to verify',
  })
  assert.equal(status, 201, text)
  assert.match(String(body['url']), /^https:\/\/hooks\.example\.com\/in\/bws_[\w-]{43}$/)
  const found = await api.get('source/hooks')
  assert.equal(found.body.id, body.id)
  assert.deepEqual((found.body['secrets'] as { hint: string }[])[0]!.hint, '…tHub')
  for (const secret of ['It is a secret', 'bws_', 'a token to verify']) {
    assert.ok(!found.text.includes(secret), secret)
  }
  assert.equal(found.body['hasVerifyToken'], true)
  assert.equal((await api.get('source/hooks/token')).body['url'], body['url'])
  const { rows } = await api.store.pool.query<{ text: string }>(
    `select (select string_agg(t::text, '') from source t) ||
            (select string_agg(t::text, '') from source_secret t) ||
            (select string_agg(t::text, '') from audit_log t) as text`,
  )
  for (const secret of ['It is a secret of GitHub', 'a token to verify']) {
    const hex = Buffer.from(secret).toString('hex')
    assert.ok(!rows[0]!.text.includes(secret) && !rows[0]!.text.includes(hex), secret)
  }
})

test('a patch changes what it names, null is the default again, and what it makes must be usable', async () => {
  const { id } = (await api.post('source', { ...github, typePrefix: 'gh', dedupeHours: 1 })).body
  const patch = (body: object) => api.patch(`source/${id}`, body)
  const after = await patch({ name: 'renamed', dedupeHours: null })
  assert.equal(after.body['name'], 'renamed')
  assert.equal(after.body['dedupeHours'], 168)
  assert.equal(after.body['typePrefix'], 'gh')
  assert.equal((await patch({ provider: 'square' })).status, 422)
  assert.equal((await patch({ provider: null })).status, 422)
  assert.equal((await patch({ application: 'nobody' })).status, 422)
  assert.equal((await api.get(`source/${id}`)).body['provider'], 'github')
})

test('a scheme of one’s own is taken as it is given', async () => {
  const { body, status, text } = await api.post('source', {
    ...{ application, secrets, scheme: hmac },
    ...{ idFrom: [['/order/id', '/kind'], 'X-Acme-Id'], typeFrom: ['/kind'], split: '' },
  })
  assert.equal(status, 201, text)
  assert.deepEqual(body['scheme'], hmac)
  assert.deepEqual(body['idFrom'], [['/order/id', '/kind'], 'X-Acme-Id'])
})

test('at most 8 secrets count at once, and the last one stays', async () => {
  const { id } = (await api.post('source', github)).body
  for (let n = 2; n <= 8; n++) {
    assert.equal((await api.post(`source/${id}/secret`, { value: `secret ${n}` })).status, 201)
  }
  const ninth = await api.post(`source/${id}/secret`, { value: 'one too many' })
  assert.equal(ninth.body.code, 'limit_reached')
  assert.equal((await api.post(`source/${id}/secret`, { value: ' ' })).status, 422)
  const all = (await api.get(`source/${id}/secret`)).body.data
  const statuses = []
  for (const secret of all) {
    statuses.push((await api.delete(`source/${id}/secret/${secret.id}`)).status)
  }
  assert.deepEqual(statuses, [...Array<number>(7).fill(204), 409])
})

test('lists are of an application, and presets say what there is', async () => {
  const other = (await api.post('app', { name: 'other' })).body.id
  await api.post('source', { ...github, application: other })
  const { data } = (await api.get(`source?application=${other}`)).body
  assert.deepEqual(
    data.map((source) => source['applicationId']),
    [other],
  )
  assert.equal((await api.get('source?application=nobody')).status, 422)
  const presets = (await api.get('source-preset')).body.data
  assert.ok(presets.length >= 50)
  assert.ok(presets.some((preset) => preset['name'] === 'stripe'))
})

test('a deleted source is gone', async () => {
  const { id } = (await api.post('source', github)).body
  assert.equal((await api.delete(`source/${id}`)).status, 204)
  assert.equal((await api.get(`source/${id}`)).status, 404)
  assert.equal((await api.post(`source/${id}/token/rotate`)).status, 404)
})
