import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { presets } from '../providers/all.ts'
import { github } from '../providers/github.ts'
import { shopify } from '../providers/shopify.ts'
import { square } from '../providers/square.ts'
import { standardWebhooks } from '../providers/standard-webhooks.ts'
import { stripe } from '../providers/stripe.ts'
import { type DiagnoseGiven, diagnose, expectedContent } from './diagnose.ts'
import type { Preset } from './preset.ts'
import { schemeOf } from './scheme-of.ts'

const SECRET = 'a-secret-of-some-length'
const BODY = '{"id":"evt_1","name":"Zoë","n":[1,2]}'
const now = new Date(1_700_000_000_000)

type Given = Partial<DiagnoseGiven> & { headers: [string, string][]; body?: string | Uint8Array }

async function codesOf(preset: Preset, { headers, body = BODY, ...given }: Given) {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const request = { method: 'POST', url: '/in', headers, body: bytes }
  const all = { scheme: schemeOf(preset), secrets: [SECRET], now, ...given }
  const findings = await diagnose(request, all)
  for (const { sentence, remedy } of findings) {
    assert.ok(!`${sentence}${remedy}`.includes(SECRET), 'a finding repeats the secret')
  }
  return findings.map(({ code }) => code)
}

function signed(body: string | Uint8Array = BODY, secret: string | Uint8Array = SECRET): Given {
  const mac = createHmac('sha256', secret).update(body).digest('hex')
  return { headers: [['X-Hub-Signature-256', `sha256=${mac}`]] }
}

test('a right request has nothing to find', async () => {
  assert.deepEqual(await codesOf(github, signed()), [])
})

test('a wrong signature that nothing explains is not explained', async () => {
  assert.deepEqual(await codesOf(github, signed('other', 'other')), [])
})

for (const [name, secret, code] of [
  ['a newline', `${SECRET}\n`, 'secret_newline'],
  ['CR LF', `${SECRET}\r\n`, 'secret_newline'],
  ['a space', ` ${SECRET}`, 'secret_space'],
  ['quotes', `"${SECRET}"`, 'secret_quotes'],
  ['a prefix', `whsec_${SECRET}`, 'secret_prefix'],
] as const) {
  test(`${name} at the secret is found`, async () => {
    assert.deepEqual(await codesOf(github, { ...signed(), secrets: [secret] }), [code])
  })
}

test('the sentence is the one to show', async () => {
  const headers = signed().headers as [string, string][]
  const request = { method: 'POST', url: '/in', headers, body: new TextEncoder().encode(BODY) }
  const given = { scheme: schemeOf(github), secrets: [`${SECRET}\n`], now }
  const [finding] = await diagnose(request, given)
  assert.equal(finding!.sentence, 'The secret ends in a newline; without it the signature matches.')
})

test('a secret read as text where it is base64, and the reverse, is found', async () => {
  const key = Buffer.alloc(32, 9)
  const secrets = [key.toString('base64')]
  assert.deepEqual(await codesOf(github, { ...signed(BODY, key), secrets }), ['secret_encoding'])
  const hex = [key.toString('hex')]
  assert.deepEqual(await codesOf(github, { ...signed(BODY, key), secrets: hex }), [
    'secret_encoding',
  ])
})

test('the secret of another source is named', async () => {
  const otherSecrets = [{ name: 'source src_2', secret: 'other' }]
  assert.deepEqual(await codesOf(github, { ...signed(BODY, 'other'), otherSecrets }), [
    'other_secret',
  ])
})

const pretty = JSON.stringify(JSON.parse(BODY), null, 2)
for (const [name, sent, arrived, code] of [
  ['a newline gained', BODY, `${BODY}\n`, 'body_newline'],
  ['a newline lost', `${BODY}\n`, BODY, 'body_newline'],
  ['JSON compacted', pretty, BODY, 'body_reserialised'],
  ['JSON indented', BODY, pretty, 'body_reserialised'],
  [
    'JSON of Python',
    '{"id": "evt_1", "name": "Zo\\u00eb", "n": [1, 2]}',
    BODY,
    'body_reserialised',
  ],
  ['text unescaped', BODY.replace('ë', '\\u00eb'), BODY, 'body_reserialised'],
  ['line ends changed', 'a\nb\nc', 'a\r\nb\r\nc', 'body_line_ends'],
  ['a BOM lost', `\ufeff${BODY}`, BODY, 'body_bom'],
  ['Latin-1 decoded', Buffer.from(BODY, 'latin1'), BODY, 'body_charset'],
  ['a form around it', BODY, `payload=${encodeURIComponent(BODY)}`, 'body_form'],
] as const) {
  test(`what happened to the body is found: ${name}`, async () => {
    assert.deepEqual(await codesOf(github, { ...signed(sent), body: arrived }), [code])
  })
}

test('how the signature is written is found', async () => {
  const hex = createHmac('sha256', SECRET).update(BODY).digest('hex')
  const base64 = createHmac('sha256', SECRET).update(BODY).digest('base64')
  const of = (value: string): Given => ({ headers: [['X-Hub-Signature-256', value]] })
  assert.deepEqual(await codesOf(github, of(`sha256=${base64}`)), ['signature_encoding'])
  assert.deepEqual(await codesOf(github, of(`sha256=${hex.toUpperCase()}`)), ['signature_case'])
  assert.deepEqual(await codesOf(github, of(hex)), ['signature_prefix'])
  const own: Given = { headers: [['X-Shopify-Hmac-Sha256', hex]] }
  assert.deepEqual(await codesOf(shopify, own), ['signature_encoding'])
})

test('milliseconds for seconds are found', async () => {
  const t = String(now.getTime())
  const v1 = createHmac('sha256', SECRET).update(`${t}.${BODY}`).digest('hex')
  const headers: [string, string][] = [['Stripe-Signature', `t=${t},v1=${v1}`]]
  assert.deepEqual(await codesOf(stripe, { headers }), ['timestamp_unit'])
})

test('another spelling of the URL is found', async () => {
  for (const [given, registered] of [
    ['http://example.com/in', 'https://example.com/in'],
    ['https://example.com/in', 'https://example.com/in/'],
    ['https://example.com:8443/in', 'https://example.com/in'],
    ['https://example.com/in?a=1', 'https://example.com/in'],
  ]) {
    const text = createHmac('sha256', SECRET)
      .update(registered + BODY)
      .digest('base64')
    const headers: [string, string][] = [['x-square-hmacsha256-signature', text]]
    assert.deepEqual(await codesOf(square, { headers, url: given! }), ['url_spelling'])
  }
})

test('another provider’s request is recognised', async () => {
  const all = Object.values(presets)
  const given = { ...signed(), presets: all }
  assert.deepEqual(await codesOf(standardWebhooks, { ...given, secrets: [SECRET] }), [])
  assert.deepEqual(await codesOf(stripe, given), ['other_provider'])
})

test('the exact bytes that should have been signed can be shown', () => {
  const headers: [string, string][] = [['Stripe-Signature', 't=12,v1=ab']]
  const request = { method: 'POST', url: '/in', headers, body: new TextEncoder().encode(BODY) }
  const content = expectedContent(request, { scheme: schemeOf(stripe) })
  assert.equal(new TextDecoder().decode(content!), `12.${BODY}`)
  assert.equal(expectedContent({ ...request, headers: [] }, { scheme: schemeOf(stripe) }), null)
})

test('the search has an end', async () => {
  const otherSecrets = Array.from({ length: 5000 }, (_, i) => ({ name: `s${i}`, secret: `k${i}` }))
  let macs = 0
  const subtle = crypto.subtle.sign
  crypto.subtle.sign = async function sign(...args: Parameters<typeof subtle>) {
    macs++
    return await subtle.apply(crypto.subtle, args)
  } as typeof subtle
  try {
    assert.deepEqual(await codesOf(github, { ...signed('other', 'other'), otherSecrets }), [])
  } finally {
    crypto.subtle.sign = subtle
  }
  assert.ok(macs > 100 && macs <= 201, `${macs} MACs`)
})
