// Signatures built here by the providers' own words, with Node's crypto: a round trip alone would not
// notice a mistake that signing and verifying share.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { bird } from '../providers/bird.ts'
import { cloudevents } from '../providers/cloudevents.ts'
import { contentful } from '../providers/contentful.ts'
import { fusionauth } from '../providers/fusionauth.ts'
import { livekit } from '../providers/livekit.ts'
import { mailgun } from '../providers/mailgun.ts'
import { mandrill } from '../providers/mandrill.ts'
import { microsoftGraph } from '../providers/microsoft-graph.ts'
import { postmark } from '../providers/postmark.ts'
import { twilio } from '../providers/twilio.ts'
import type { Preset } from '../verification/preset.ts'
import { schemeOf } from '../verification/scheme-of.ts'
import { verifyScheme } from '../verification/verify-scheme.ts'

const SECRET = 'a-secret-of-some-length'
const NOW = 1_700_000_000
const URL_ = 'https://example.com/in?a=1&b=2'
const BODY = '{"id":"evt_1"}'
const FORM: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded']

type Asked = {
  headers?: [string, string][]
  body?: string
  url?: string
  requestUrl?: string
  secret?: string
}

async function verdictOf(preset: Preset, asked: Asked) {
  const {
    headers = [],
    body = BODY,
    url = URL_,
    requestUrl = '/in?a=1&b=2',
    secret = SECRET,
  } = asked
  const request = { method: 'POST', url: requestUrl, headers, body: new TextEncoder().encode(body) }
  const given = { secrets: [secret], url, now: new Date(NOW * 1000), verifier: preset.verifier }
  return await verifyScheme(request, { scheme: schemeOf(preset), ...given })
}

async function takes(preset: Preset, asked: Asked) {
  const verdict = await verdictOf(preset, asked)
  assert.ok(verdict.ok, JSON.stringify(verdict))
  return verdict
}

async function refuses(preset: Preset, asked: Asked, code?: string) {
  const verdict = await verdictOf(preset, asked)
  assert.ok(!verdict.ok, 'it was taken')
  if (code) assert.equal(verdict.code, code)
}

const sha1 = (text: string) => createHmac('sha1', SECRET).update(text).digest('base64')
const hex = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex')

test('mandrill: the URL and the fields, sorted, without anything between', async () => {
  const body = 'mandrill_events=%5B%5D&b=2&a=x+y'
  const signature = sha1(`${URL_}ax yb2mandrill_events[]`)
  const headers: [string, string][] = [FORM, ['X-Mandrill-Signature', signature]]
  await takes(mandrill, { headers, body })
  await refuses(mandrill, { headers, body: `${body}&c=` }, 'signature_mismatch')
  await refuses(mandrill, { headers: headers.slice(1), body }, 'signature_malformed')
})

test('mailgun: proves the sender and not the body, and hands on the token', async () => {
  const signature = { timestamp: String(NOW), token: 't1', signature: hex(`${NOW}t1`) }
  const verdict = await takes(mailgun, { body: JSON.stringify({ signature, 'event-data': {} }) })
  assert.deepEqual(
    [verdict.bodyAuthenticated, verdict.nonce, verdict.skewSeconds],
    [false, 't1', 0],
  )
  const other = { ...signature, token: 't2' }
  await refuses(mailgun, { body: JSON.stringify({ signature: other }) }, 'signature_mismatch')
})

test('contentful: method, path, the headers of its list and the body', async () => {
  const list = 'x-contentful-signed-headers'
  const time = 'x-contentful-timestamp'
  const signed = (names: string, at = NOW * 1000): Asked => {
    const own: Record<string, string> = { [list]: names, [time]: String(at), 'x-a': '1 ' }
    const keys = names.split(',').sort()
    const text = keys.map((key) => `${key}:${(own[key] ?? '').trim()}`).join(';')
    const canonical = `POST\n/in?a%253D1%2526b%253D2\n${text}\n${BODY}`
    return { headers: [...Object.entries(own), ['x-contentful-signature', hex(canonical)]] }
  }
  await takes(contentful, signed(`${list},${time},x-a`))
  await takes(contentful, signed(`x-a,${time},${list}`, (NOW - 30) * 1000))
  await refuses(contentful, signed(`${list},${time}`, (NOW - 31) * 1000), 'timestamp_too_old')
  await refuses(contentful, signed(`${list},x-a`), 'signature_malformed')
  await refuses(contentful, signed(`${time},x-a`), 'signature_malformed')
  await refuses(contentful, signed(`${list},${time},x-b`), 'signature_missing')
})

test('twilio: a body that is no form needs its digest in the URL, once', async () => {
  const sha256 = createHash('sha256').update(BODY).digest('hex')
  const at = (query: string): Asked => {
    const url = `https://example.com/in?${query}`
    return { url, requestUrl: `/in?${query}`, headers: [['X-Twilio-Signature', sha1(url)]] }
  }
  await takes(twilio, at(`bodySHA256=${sha256}`))
  await refuses(twilio, at('a=1'), 'signature_missing')
  await refuses(twilio, at(`bodySHA256=${sha256}&bodySHA256=${sha256}`), 'signature_missing')
  await refuses(twilio, at(`bodySHA256=${'0'.repeat(64)}`), 'signature_mismatch')
  const { headers } = at('a=1')
  await takes(twilio, { ...at('a=1'), body: '', headers: headers! })
})

function token(claims: object, header: object = { alg: 'HS256' }, key = SECRET): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = `${part(header)}.${part({ iat: NOW, exp: NOW + 60, ...claims })}`
  return `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`
}

const digest = (text: string, encoding: 'hex' | 'base64') =>
  createHash('sha256').update(text).digest(encoding)

test('JWT: the body, the URL and the times are those of the token', async () => {
  const sha256 = digest(BODY, 'base64')
  const live = (text: string): Asked => ({ headers: [['Authorization', text]] })
  await takes(livekit, live(token({ sha256 })))
  await takes(livekit, live(`Bearer ${token({ sha256 })}`))
  await refuses(livekit, live(token({ sha256: digest('x', 'base64') })), 'signature_mismatch')
  await refuses(livekit, live(token({})), 'signature_mismatch')
  await refuses(livekit, live(token({ sha256 }, { alg: 'HS256' }, 'other')), 'signature_mismatch')
  await refuses(livekit, live(token({ sha256 }, { alg: 'none' })), 'signature_malformed')
  await refuses(livekit, live(token({ sha256, exp: NOW - 61 })), 'timestamp_too_old')
  await refuses(livekit, live(token({ sha256, nbf: NOW + 61 })), 'timestamp_too_new')
  await refuses(livekit, live(token({ sha256, exp: 'never' })), 'timestamp_malformed')
  const fusion: [string, string][] = [
    ['X-FusionAuth-Signature-JWT', token({ request_body_sha256: sha256 })],
  ]
  await takes(fusionauth, { headers: fusion })

  const hashes = { payload_hash: digest(BODY, 'hex'), url_hash: digest(URL_, 'hex') }
  const own = (claims: object): Asked => ({
    headers: [['MessageBird-Signature-JWT', token(claims)]],
  })
  await takes(bird, own(hashes))
  await refuses(
    bird,
    { ...own(hashes), url: 'https://example.com/other?a=1' },
    'signature_mismatch',
  )
  await refuses(bird, own({ payload_hash: hashes.payload_hash }), 'signature_mismatch')
})

test('shared secrets: whole, once, in every item', async () => {
  const graph = (...states: unknown[]): Asked => ({
    body: JSON.stringify({ value: states.map((clientState) => ({ clientState })) }),
  })
  await takes(microsoftGraph, graph(SECRET, SECRET))
  await refuses(microsoftGraph, graph(SECRET, 'x'), 'signature_mismatch')
  for (const states of [[], [SECRET, null], [SECRET, [SECRET]], ['']]) {
    await refuses(microsoftGraph, graph(...states), 'signature_missing')
  }
  const basic = (text: string): Asked => ({
    secret: 'user:päss',
    headers: [['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]],
  })
  await takes(postmark, basic('user:päss'))
  for (const text of ['user:', 'user', 'user:päss ', ':päss', ''])
    await refuses(postmark, basic(text))

  const verdict = await takes(cloudevents, { headers: [['Authorization', `Bearer ${SECRET}`]] })
  assert.equal(verdict.bodyAuthenticated, false)
  await takes(cloudevents, { headers: [['authorization', SECRET]] })
  await takes(cloudevents, { requestUrl: `/in?access_token=${SECRET}` })
  await refuses(cloudevents, { requestUrl: '/in?access_token=' }, 'signature_malformed')
  const twice = `/in?access_token=${SECRET}&access_token=x`
  await refuses(cloudevents, { requestUrl: twice }, 'signature_ambiguous')
  const both: Asked = { headers: [['authorization', SECRET]], requestUrl: '/in?access_token=x' }
  await refuses(cloudevents, both, 'signature_ambiguous')
})
