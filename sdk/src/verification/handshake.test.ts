import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { presetOf } from '../providers/all.ts'
import { answerHandshake, type HandshakeGiven } from './handshake.ts'
import { schemeOf } from './scheme-of.ts'
import { signRequest } from './sign-request.ts'
import { verifyScheme } from './verify-scheme.ts'

const SECRET = 'a-secret-of-some-length'
const now = new Date(1_700_000_000_000)

type Asked = {
  method?: string
  url?: string
  headers?: [string, string][]
  body?: unknown
  signed?: boolean
  given?: Partial<HandshakeGiven>
}

async function ask(name: string, asked: Asked) {
  const { method = 'POST', url = '/in', headers = [], body = '', signed = false, given } = asked
  const preset = presetOf(name)!
  const scheme = schemeOf(preset)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const bare = { method, url, headers, body: new TextEncoder().encode(text) }
  const request = signed ? await signRequest(bare, { scheme, secret: SECRET, at: now }) : bare
  const secrets = given?.secrets ?? [SECRET]
  const { verifier } = preset
  const verify = async () => await verifyScheme(request, { scheme, secrets, now, verifier })
  return await answerHandshake(request, preset, { scheme, secrets, now, verify, ...given })
}

const mac = (text: string, encoding: 'hex' | 'base64') =>
  createHmac('sha256', SECRET).update(text).digest(encoding)

async function answers(name: string, asked: Asked, expected: { status: number; body?: string }) {
  const result = await ask(name, asked)
  assert.ok(result?.kind === 'answered', JSON.stringify(result))
  assert.equal(result.answer.status, expected.status)
  assert.equal(result.answer.body, expected.body)
  return result
}

async function rejects(name: string, asked: Asked, status: number) {
  const result = await ask(name, asked)
  assert.ok(result?.kind === 'rejected', JSON.stringify(result))
  assert.equal(result.status, status)
}

const slack = { type: 'url_verification', challenge: 'abc' }

test('slack: a signed challenge is echoed as text that no browser takes for a page', async () => {
  const { answer } = await answers(
    'slack',
    { body: slack, signed: true },
    { status: 200, body: 'abc' },
  )
  assert.deepEqual(answer.headers, {
    'content-type': 'text/plain',
    'x-content-type-options': 'nosniff',
  })
  await rejects('slack', { body: slack }, 401)
  await rejects('slack', { body: { ...slack, challenge: 'x'.repeat(1025) }, signed: true }, 401)
})

test('an event is no handshake', async () => {
  assert.equal(await ask('slack', { body: { type: 'event_callback' }, signed: true }), null)
  assert.equal(await ask('slack', { body: 'not JSON', signed: true }), null)
  assert.equal(await ask('stripe', { body: slack, signed: true }), null)
})

const zoom = (plainToken: unknown) => ({
  event: 'endpoint.url_validation',
  payload: { plainToken },
})

test('zoom: the token is answered with its MAC, and a signature that is there must be right', async () => {
  const body = JSON.stringify({ plainToken: 'abc', encryptedToken: mac('abc', 'hex') })
  await answers('zoom', { body: zoom('abc') }, { status: 200, body })
  await answers('zoom', { body: zoom('abc'), signed: true }, { status: 200, body })
  const headers: [string, string][] = [['x-zm-signature', `v0=${'0'.repeat(64)}`]]
  await rejects('zoom', { body: zoom('abc'), headers }, 401)
})

test('zoom and x: no signature can be had for a forged event', async () => {
  for (const token of ['v0:1700000000:{}', '', 'a b', '{"a":1}', 'x'.repeat(129), 1, null]) {
    await rejects('zoom', { body: zoom(token) }, 400)
  }
  for (const token of ['{"for_user_id":"1"}', '', '<script>', 'x'.repeat(257)]) {
    const url = `/in?crc_token=${encodeURIComponent(token)}`
    await rejects('x-twitter', { method: 'GET', url }, 400)
  }
  const response_token = `sha256=${mac('abc', 'base64')}`
  const body = JSON.stringify({ response_token })
  await answers('x-twitter', { method: 'GET', url: '/in?crc_token=abc' }, { status: 200, body })
})

test('meta: the token must be the source’s', async () => {
  const url = (token: string, mode = 'subscribe') =>
    `/in?hub.mode=${mode}&hub.verify_token=${token}&hub.challenge=42`
  const given = { verifyToken: 'tok' }
  await answers('meta', { method: 'GET', url: url('tok'), given }, { status: 200, body: '42' })
  await rejects('meta', { method: 'GET', url: url('to'), given }, 403)
  await rejects('meta', { method: 'GET', url: url('') }, 403)
  await rejects('meta', { method: 'GET', url: url('tok'), given: { verifyToken: '' } }, 403)
  assert.equal(await ask('meta', { method: 'GET', url: url('tok', 'x'), given }), null)
})

test('asana and notion: a secret is taken once, and never replaced', async () => {
  const headers: [string, string][] = [['X-Hook-Secret', 's3']]
  const none = { given: { secrets: [] } }
  const asana = await answers('asana', { headers, ...none }, { status: 200 })
  assert.equal(asana.capture, 's3')
  assert.equal(asana.answer.headers?.['X-Hook-Secret'], 's3')
  assert.equal(await ask('asana', { headers }), null)
  const body = { verification_token: 'secret_1' }
  assert.equal((await answers('notion', { body, ...none }, { status: 200 })).capture, 'secret_1')
  assert.equal(await ask('notion', { body }), null)
  const split: [string, string][] = [['X-Hook-Secret', 'a\r\nb']]
  await rejects('asana', { headers: split, ...none }, 401)
})

test('dropbox, microsoft-graph and twitch echo what they sent', async () => {
  const get = { method: 'GET', url: '/in?challenge=a%20b' }
  await answers('dropbox', get, { status: 200, body: 'a b' })
  await answers(
    'microsoft-graph',
    { url: '/in?validationToken=a%2Bb' },
    { status: 200, body: 'a+b' },
  )
  const headers: [string, string][] = [
    ['Twitch-Eventsub-Message-Type', 'webhook_callback_verification'],
    ['Twitch-Eventsub-Message-Id', 'id1'],
  ]
  const body = { challenge: 'c1' }
  await answers('twitch', { headers, body, signed: true }, { status: 200, body: 'c1' })
  await rejects('twitch', { headers, body }, 401)
})

test('cloudevents: only an allowed origin is granted', async () => {
  const headers: [string, string][] = [['WebHook-Request-Origin', 'a.example']]
  const asked = { method: 'OPTIONS', headers }
  const { answer } = await answers('cloudevents', asked, { status: 200 })
  assert.deepEqual(answer.headers, {
    'WebHook-Allowed-Origin': 'a.example',
    'WebHook-Allowed-Rate': '*',
    Allow: 'POST',
  })
  await rejects('cloudevents', { ...asked, given: { allowedOrigins: ['b.example'] } }, 403)
  const allowed = { ...asked, given: { allowedOrigins: ['A.example'] } }
  await answers('cloudevents', allowed, { status: 200 })
})

test('okta, azure-event-grid, xero, github, intercom and woocommerce get what they want', async () => {
  const okta = {
    method: 'GET',
    headers: [
      ['X-Okta-Verification-Challenge', 'ch'],
      ['Authorization', SECRET],
    ] as [string, string][],
  }
  await answers('okta', okta, { status: 200, body: '{"verification":"ch"}' })
  await rejects('okta', { ...okta, headers: okta.headers.slice(0, 1) }, 401)
  const grid = {
    headers: [['aeg-event-type', 'SubscriptionValidation']] as [string, string][],
    body: [{ data: { validationCode: 'code' } }],
  }
  await answers('azure-event-grid', grid, { status: 200, body: '{"validationResponse":"code"}' })
  await answers('xero', { body: { events: [] }, signed: true }, { status: 200 })
  await rejects('xero', { body: { events: [] } }, 401)
  const ping: [string, string][] = [['X-GitHub-Event', 'ping']]
  await answers('github', { headers: ping, body: { zen: 'z' }, signed: true }, { status: 200 })
  await rejects('github', { headers: ping, body: { zen: 'z' } }, 401)
  for (const name of ['intercom', 'trello', 'mandrill']) {
    await answers(name, { method: 'HEAD' }, { status: 200 })
  }
  const form: [string, string][] = [['content-type', 'application/x-www-form-urlencoded']]
  await answers('woocommerce', { headers: form, body: 'webhook_id=7' }, { status: 200 })
  assert.equal(await ask('woocommerce', { headers: form, body: 'webhook_id=7&x=1' }), null)
})
