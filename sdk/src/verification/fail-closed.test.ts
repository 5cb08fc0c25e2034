// The ways in which a receiver is talked into accepting, each refused. The numbers are those of the
// fail-closed list in docs/providers.md.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { adyen } from '../providers/adyen.ts'
import { awsSns } from '../providers/aws-sns.ts'
import { discord } from '../providers/discord.ts'
import { docusign } from '../providers/docusign.ts'
import { github } from '../providers/github.ts'
import { gitlab } from '../providers/gitlab.ts'
import { hubspot } from '../providers/hubspot.ts'
import { linear } from '../providers/linear.ts'
import { mailgun } from '../providers/mailgun.ts'
import { notion } from '../providers/notion.ts'
import { plaid } from '../providers/plaid.ts'
import { sentry } from '../providers/sentry.ts'
import { shopify } from '../providers/shopify.ts'
import { slack } from '../providers/slack.ts'
import { square } from '../providers/square.ts'
import { standardWebhooks } from '../providers/standard-webhooks.ts'
import { stripe } from '../providers/stripe.ts'
import { zendesk } from '../providers/zendesk.ts'
import { assertTemplate } from './assert-template.ts'
import type { VerifyGiven } from './check-request.ts'
import type { Preset } from './preset.ts'
import { derToRaw } from './public-key.ts'
import type { HmacScheme, Scheme } from './scheme.ts'
import { schemeOf } from './scheme-of.ts'
import type { SecretIn } from './secrets.ts'
import { assertUsable, verifyScheme } from './verify-scheme.ts'
import { WebhookError, type WebhookErrorCode } from './webhook-error.ts'

const SECRET = 'a-secret-of-some-length'
const NOW = 1_700_000_000
const BODY = '{"id":"evt_1","n":1.0}'
const bytes = (text: string) => new TextEncoder().encode(text)
const mac = (text: string | Uint8Array, { secret = SECRET, hash = 'sha256' } = {}) =>
  createHmac(hash, secret).update(text).digest('hex')

type Given = Partial<Omit<VerifyGiven, 'now' | 'secrets'>> & {
  secrets?: readonly SecretIn[]
  headers: [string, string][]
  body?: string | Uint8Array
  method?: string
  url?: string | null
  now?: number
  variant?: string
}

async function verdictOf(preset: Preset, given: Given) {
  const {
    headers,
    body = BODY,
    method = 'POST',
    variant,
    now = NOW,
    secrets = [SECRET],
    ...rest
  } = given
  const request = {
    method,
    url: '/in',
    headers,
    body: typeof body === 'string' ? bytes(body) : body,
  }
  return await verifyScheme(request, {
    scheme: schemeOf(preset, variant),
    verifier: preset.verifier,
    ...rest,
    secrets,
    now: new Date(now * 1000),
  })
}

async function refuses(preset: Preset, given: Given, code?: WebhookErrorCode | WebhookErrorCode[]) {
  const verdict = await verdictOf(preset, given)
  assert.ok(!verdict.ok, 'it was accepted')
  if (code !== undefined) assert.ok([code].flat().includes(verdict.code), JSON.stringify(verdict))
}

async function takes(preset: Preset, given: Given) {
  const verdict = await verdictOf(preset, given)
  assert.ok(verdict.ok, JSON.stringify(verdict))
  return verdict
}

const githubWith = (value: string): Given => ({ headers: [['X-Hub-Signature-256', value]] })
const RIGHT = mac(BODY)
const stripeWith = (t: string, body = BODY, more = ''): Given => ({
  headers: [['Stripe-Signature', `t=${t},v1=${mac(`${t}.${body}`)}${more}`]],
  body,
})
const slackWith = (t: string): Given => ({
  headers: [
    ['X-Slack-Request-Timestamp', t],
    ['X-Slack-Signature', `v0=${mac(`v0:${t}:${BODY}`)}`],
  ],
})

const KEY = Buffer.alloc(32, 7).toString('base64')
function standardWith({
  id = 'msg_1',
  t = String(NOW),
  version = 'v1',
  names = 'webhook',
} = {}): Given {
  const key = Buffer.from(KEY, 'base64')
  const text = createHmac('sha256', key).update(`${id}.${t}.${BODY}`).digest('base64')
  return {
    secrets: [`whsec_${KEY}`],
    headers: [
      [`${names}-id`, id],
      [`${names}-timestamp`, t],
      [`${names}-signature`, `${version},${text}`],
    ],
  }
}

test('what all that follows is changed from is right', async () => {
  await takes(github, githubWith(`sha256=${RIGHT}`))
  await takes(stripe, stripeWith(String(NOW)))
  await takes(slack, slackWith(String(NOW)))
  await takes(standardWebhooks, standardWith())
  await takes(standardWebhooks, standardWith({ names: 'svix' }))
})

test('1. a source without a secret cannot be built, and an empty key never verifies', async () => {
  const scheme = schemeOf(stripe)
  const none: SecretIn[][] = [[], [''], [' \n'], [undefined], [null], ['whsec_'], [SECRET, '']]
  for (const secrets of none) {
    assert.throws(() => assertUsable({ scheme, secrets }), { code: 'secret_missing' })
    const forged = mac(`${NOW}.${BODY}`, { secret: '' })
    const headers: [string, string][] = [['Stripe-Signature', `t=${NOW},v1=${forged}`]]
    await refuses(stripe, { headers, secrets }, 'secret_missing')
  }
  const standard = { scheme: schemeOf(standardWebhooks), secrets: ['whsec_'] }
  assert.throws(() => assertUsable(standard), { code: 'secret_missing' })
  const short = { ...standard, secrets: [`whsec_${Buffer.alloc(23, 1).toString('base64')}`] }
  assert.throws(() => assertUsable(short), { code: 'secret_missing' })
})

test('2. unsigned, or signed with nothing, is refused', async () => {
  await refuses(github, { headers: [] }, 'signature_missing')
  for (const value of ['', 'sha256=', 'sha256', ' ']) {
    await refuses(github, githubWith(value), 'signature_malformed')
  }
  for (const value of ['', 'v1,', 'v1', ',', 'v1,,']) {
    const { headers, ...rest } = standardWith()
    headers[2] = ['webhook-signature', value]
    await refuses(standardWebhooks, { ...rest, headers }, 'signature_malformed')
  }
  for (const value of ['', 't=1,v1=', `t=${NOW}`, `t=${NOW},v1=`, `t=${NOW},v0=${RIGHT}`]) {
    await refuses(stripe, { headers: [['Stripe-Signature', value]] }, 'signature_malformed')
  }
})

test('3. only the whole MAC matches', async () => {
  for (const length of [0, 1, 2, 32, 62, 63]) {
    await refuses(github, githubWith(`sha256=${RIGHT.slice(0, length)}`), 'signature_malformed')
  }
  await refuses(github, githubWith(`sha256=${RIGHT.slice(0, 62)}00`), 'signature_mismatch')
})

test('4. a MAC with something after it is refused', async () => {
  for (const junk of ['zz', '0', '00', ' ', '=', '\n', ';', 'é']) {
    await refuses(github, githubWith(`sha256=${RIGHT}${junk}`), 'signature_malformed')
  }
  await refuses(github, githubWith(`sha256=${RIGHT.slice(0, 63)}g`), 'signature_malformed')
})

test('5. capitals, url-safe and unpadded base64 are other spellings, so refused', async () => {
  await refuses(github, githubWith(`sha256=${RIGHT.toUpperCase()}`), 'signature_malformed')
  await takes(notion, { headers: [['X-Notion-Signature', `sha256=${RIGHT.toUpperCase()}`]] })
  // A body whose MAC has both characters that differ.
  const find = (n: number): string => {
    const text = createHmac('sha256', SECRET).update(`${BODY}${n}`).digest('base64')
    return /\+.*\/|\/.*\+/.test(text) ? `${BODY}${n}` : find(n + 1)
  }
  const body = find(0)
  const base64 = createHmac('sha256', SECRET).update(body).digest('base64')
  const signed = (text: string): Given => ({ body, headers: [['X-Shopify-Hmac-Sha256', text]] })
  await takes(shopify, signed(base64))
  await refuses(shopify, signed(base64.replace(/=+$/, '')))
  await refuses(shopify, signed(base64.replaceAll('+', '-').replaceAll('/', '_')))
})

test('6. a signature that is not ASCII is refused and breaks nothing', async () => {
  for (const text of [
    'é'.repeat(64),
    '😀'.repeat(32),
    `${RIGHT.slice(0, 63)}０`,
    '\u0000'.repeat(64),
  ]) {
    await refuses(github, githubWith(`sha256=${text}`), 'signature_malformed')
  }
})

test('7. a right MAC under a wrong label, or none, is refused', async () => {
  for (const label of ['sha1=', 'sha512=', 'SHA256=', 'sha256:', '']) {
    await refuses(github, githubWith(label + RIGHT), 'signature_malformed')
  }
  const sha1 = mac(BODY, { hash: 'sha1' })
  await refuses(github, githubWith(`sha1=${sha1}`), 'signature_malformed')
  await refuses(standardWebhooks, standardWith({ version: 'v2' }), 'signature_malformed')
  await refuses(standardWebhooks, standardWith({ version: 'V1' }), 'signature_malformed')
})

test('8. there is no weaker way beside the one that is set', async () => {
  const sha1 = mac(BODY, { hash: 'sha1' })
  await refuses(github, { headers: [['X-Hub-Signature', `sha1=${sha1}`]] }, 'signature_missing')

  const v1 = createHash('sha256')
    .update(SECRET + BODY)
    .digest('hex')
  const legacy: Given = {
    url: 'https://example.com/in',
    headers: [
      ['X-HubSpot-Signature-Version', 'v1'],
      ['X-HubSpot-Signature', v1],
    ],
  }
  await takes(hubspot, { ...legacy, variant: 'v1' })
  await refuses(hubspot, legacy, 'signature_missing')
  await refuses(hubspot, { ...legacy, variant: 'v2' }, 'signature_malformed')

  const token: Given = { secrets: [`whsec_${KEY}`], headers: [['X-Gitlab-Token', `whsec_${KEY}`]] }
  await takes(gitlab, { ...token, variant: 'legacy-token' })
  await refuses(gitlab, token, 'signature_missing')

  const forged = { ...standardWith(), secrets: [`whpk_${KEY}`] }
  await refuses(standardWebhooks, { ...forged, variant: 'v1a' }, 'signature_malformed')
  await refuses(standardWebhooks, forged, 'secret_missing')
})

test('9. a header of one value that comes twice, or joined, is ambiguous', async () => {
  const right = `sha256=${RIGHT}`
  const wrong = `sha256=${'0'.repeat(64)}`
  for (const values of [[right, right], [right, wrong], [wrong, right], [`${wrong}, ${right}`]]) {
    const headers = values.map((value, i): [string, string] => [
      i ? 'x-hub-signature-256' : 'X-Hub-Signature-256',
      value,
    ])
    await refuses(github, { headers }, 'signature_ambiguous')
  }
  const { headers } = slackWith(String(NOW))
  await refuses(slack, { headers: [...headers, headers[0]!] }, 'signature_ambiguous')
  const joined: [string, string] = [headers[0]![0], `${NOW}, ${NOW}`]
  await refuses(slack, { headers: [joined, headers[1]!] }, 'signature_ambiguous')
  const { headers: own, secrets } = standardWith()
  await refuses(
    standardWebhooks,
    { headers: [own[0]!, ...own], secrets: secrets! },
    'signature_ambiguous',
  )
})

test('10. lists: one time, several signatures, and a bound on what is looked at', async () => {
  const t = String(NOW)
  const good = mac(`${t}.${BODY}`)
  const with_ = (value: string): Given => ({ headers: [['Stripe-Signature', value]] })
  await takes(stripe, with_(`t=${t},v1=potato,v1=${'0'.repeat(64)},v1=${good},v0=x,junk,=,v1`))
  await refuses(stripe, with_(`t=${t},t=${t},v1=${good}`), 'signature_ambiguous')
  await refuses(stripe, with_(`v1=${good}`), 'timestamp_missing')
  const many = (count: number) => `v1=${'0'.repeat(64)},`.repeat(count)
  await takes(stripe, with_(`t=${t},${many(15)}v1=${good}`))
  await refuses(stripe, with_(`t=${t},${many(16)}v1=${good}`), 'signature_mismatch')

  const base64 = createHmac('sha256', SECRET).update(BODY).digest('base64')
  const other = Buffer.alloc(32).toString('base64')
  const numbered = Array.from({ length: 100 }, (_, i): [string, string] => [
    `X-DocuSign-Signature-${i + 1}`,
    i === 99 ? base64 : other,
  ])
  await takes(docusign, { headers: numbered })

  let macs = 0
  const subtle = crypto.subtle.sign
  crypto.subtle.sign = async function sign(...args: Parameters<typeof subtle>) {
    macs++
    return await subtle.apply(crypto.subtle, args)
  } as typeof subtle
  try {
    await refuses(stripe, {
      ...with_(`t=${t},${many(10_000)}v1=${good}`),
      secrets: [SECRET, 'other'],
    })
  } finally {
    crypto.subtle.sign = subtle
  }
  assert.equal(macs, 2, 'one MAC for each secret')
})

for (const t of [
  '1e10',
  '0x10',
  '1.5',
  '-1',
  '',
  ' 1',
  'NaN',
  '1614265330abc',
  '1'.repeat(20),
  '１'.repeat(10),
]) {
  test(`11. the timestamp "${t}" is refused, though it is signed`, async () => {
    await refuses(slack, slackWith(t), ['timestamp_malformed', 'timestamp_missing'])
    await refuses(stripe, stripeWith(t), ['timestamp_malformed', 'timestamp_missing'])
  })
}

test('11. ISO 8601 needs its zone', async () => {
  const with_ = (t: string): Given => ({
    headers: [
      ['X-Zendesk-Webhook-Signature-Timestamp', t],
      [
        'X-Zendesk-Webhook-Signature',
        createHmac('sha256', SECRET)
          .update(t + BODY)
          .digest('base64'),
      ],
    ],
  })
  await takes(zendesk, with_('2023-11-14T22:13:20Z'))
  await takes(zendesk, with_('2023-11-14T22:13:20.123456789+02:00'))
  for (const t of [
    '2023-11-14T22:13:20',
    '2023-11-14',
    'yesterday',
    '1700000000',
    '2023-13-14T22:13:20Z',
  ]) {
    await refuses(zendesk, with_(t), 'timestamp_malformed')
  }
})

test('12. exactly the tolerance passes, both ways; the wrong unit is named', async () => {
  await takes(stripe, { ...stripeWith(String(NOW)), now: NOW + 300 })
  await takes(stripe, { ...stripeWith(String(NOW)), now: NOW - 300 })
  await refuses(stripe, { ...stripeWith(String(NOW)), now: NOW + 301 }, 'timestamp_too_old')
  await refuses(stripe, { ...stripeWith(String(NOW)), now: NOW - 301 }, 'timestamp_too_new')
  const ms = await verdictOf(stripe, stripeWith(`${NOW}000`))
  assert.ok(!ms.ok && ms.code === 'timestamp_too_new')
  assert.match(ms.findings[0]!.sentence, /in milliseconds; this scheme wants seconds/)
})

test('13. a time that is not signed accepts nothing', async () => {
  const old = JSON.stringify({ webhookTimestamp: (NOW - 61) * 1000 })
  const signed: [string, string] = ['Linear-Signature', mac(old)]
  await refuses(
    linear,
    { body: old, headers: [signed, ['Linear-Timestamp', `${NOW}000`]] },
    'timestamp_too_old',
  )
  // And none that is there is taken for one that is due.
  const verdict = await takes(sentry, {
    headers: [
      ['Sentry-Hook-Signature', RIGHT],
      ['Sentry-Hook-Timestamp', String(NOW - 10_000)],
    ],
  })
  assert.equal(verdict.skewSeconds, null)
})

test('14. a part of the template that is missing is never the text "undefined"', async () => {
  const key = Buffer.from(KEY, 'base64')
  const forged = createHmac('sha256', key).update(`undefined.${NOW}.${BODY}`).digest('base64')
  const headers: [string, string][] = [
    ['webhook-timestamp', String(NOW)],
    ['webhook-signature', `v1,${forged}`],
  ]
  await refuses(standardWebhooks, { headers, secrets: [`whsec_${KEY}`] }, 'signature_missing')
  // Nor is the other family asked for the one that is missing.
  const { headers: own } = standardWith()
  const mixed = own.map(([name, value]): [string, string] => [
    name.replace('webhook-id', 'svix-id'),
    value,
  ])
  await refuses(
    standardWebhooks,
    { headers: mixed, secrets: [`whsec_${KEY}`] },
    'signature_missing',
  )
  assert.throws(() => assertTemplate('{body}{secret}'), TypeError)
})

test('14. a value that looks like a part of the template is only text', async () => {
  const scheme: HmacScheme = {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['x-sig'] },
    signed: '{h:x-a}|{body}',
  }
  const given = (text: string): Given => ({
    scheme,
    headers: [
      ['x-a', '{body}'],
      ['x-sig', mac(text)],
    ],
  })
  await takes(github, given(`{body}|${BODY}`))
  await refuses(github, given(`${BODY}|${BODY}`), 'signature_mismatch')
})

for (const id of ['msg.1', 'a.1700000000.x', 'ä', 'a b', '', 'x'.repeat(257)]) {
  test(`15. the id "${id.slice(0, 20)}" is refused, though it is signed`, async () => {
    await refuses(standardWebhooks, standardWith({ id }), [
      'signature_malformed',
      'signature_missing',
    ])
  })
}

test('16. bytes are verified, not what they mean', async () => {
  const exact: (string | Uint8Array)[] = [
    '\ufeff{"a":1}',
    '{"a":1}\r\n',
    '{"a":1.0,"b":1e2,"c":-0,"d":"\\/","e":12345678901234567890,"a":2}',
    new Uint8Array([0xff, 0xfe, 0x00, 0x80]),
    new Uint8Array(0),
  ]
  for (const body of exact) {
    const headers: [string, string][] = [['X-Hub-Signature-256', `sha256=${mac(body)}`]]
    await takes(github, { headers, body })
    const text = typeof body === 'string' ? body : 'x'
    const others = [
      '\ufeff{"a":1}',
      '{"a":1}',
      `${text}\n`,
      `\ufeff${text}`,
      text.replace(/\.0|\r\n|^\ufeff/, ''),
    ]
    for (const other of others.filter((each) => each !== body)) {
      await refuses(github, { headers, body: other }, 'signature_mismatch')
    }
  }
})

test('17. a stranger’s JSON in which the signature stands is bounded and inert', async () => {
  const secrets = ['ab'.repeat(32)]
  const bodies = [
    '',
    'null',
    '[]',
    '{"notificationItems":[]}',
    '{"notificationItems":{}}',
    '{"notificationItems":[null]}',
    '{"notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":1}}}]}',
    '{"notificationItems":[{"NotificationRequestItem":{"amount":{"value":{}},"additionalData":{"hmacSignature":"x"}}}]}',
    `{"__proto__":{"notificationItems":[{}]}}`,
    '['.repeat(100_000),
    `{"notificationItems":${'['.repeat(70)}${']'.repeat(70)}}`,
  ]
  for (const body of bodies) await refuses(adyen, { headers: [], body, secrets })
  for (const body of [
    '{',
    '{"signature":{}}',
    '{"signature":{"timestamp":1,"token":[],"signature":""}}',
  ]) {
    await refuses(mailgun, { headers: [], body })
  }
  for (const body of bodies) await refuses(awsSns, { headers: [], body })
  assert.equal(({} as Record<string, unknown>)['notificationItems'], undefined)
})

test('17. every item must be signed', async () => {
  const secret = 'ab'.repeat(32)
  const key = Buffer.from(secret, 'hex')
  const item = (pspReference: string, hmacSignature?: string) => {
    const right = createHmac('sha256', key).update(`${pspReference}:::::::`).digest('base64')
    const additionalData = { hmacSignature: hmacSignature ?? right }
    return { NotificationRequestItem: { pspReference, additionalData } }
  }
  const body = (...notificationItems: unknown[]) => JSON.stringify({ notificationItems })
  await takes(adyen, { headers: [], secrets: [secret], body: body(item('a'), item('b')) })
  const forged = body(
    item('a'),
    item('b', item('a').NotificationRequestItem.additionalData.hmacSignature),
  )
  await refuses(adyen, { headers: [], secrets: [secret], body: forged }, 'signature_mismatch')
})

test('18. without the URL, a scheme that signs it refuses', async () => {
  const url = 'https://example.com/in'
  const text = createHmac('sha256', SECRET)
    .update(url + BODY)
    .digest('base64')
  const headers: [string, string][] = [
    ['x-square-hmacsha256-signature', text],
    ['x-forwarded-host', 'example.com'],
    ['forwarded', 'host=example.com;proto=https'],
  ]
  await takes(square, { headers, url })
  await refuses(square, { headers, url: null }, 'url_unknown')
  await refuses(square, { headers, url: 'http://example.com/in' }, 'signature_mismatch')
})

test('19. an address that the sender names is fetched only when it is the provider’s', async () => {
  let fetched = 0
  const fetchKey = async () => {
    fetched++
    return ''
  }
  const message = (SigningCertURL: string) =>
    JSON.stringify({
      Type: 'Notification',
      Message: 'm',
      MessageId: 'i',
      Timestamp: 't',
      TopicArn: 'arn',
      SignatureVersion: '2',
      Signature: 'AAAA',
      SigningCertURL,
    })
  const right = 'https://sns.us-east-1.amazonaws.com/a.pem'
  for (const url of [
    'https://sns.us-east-1.amazonaws.com\\@evil.example/a.pem',
    'https://sns.us-east-1.amazonaws.com/../a.pem?x',
    'https://evil.example/sns.us-east-1.amazonaws.com/a.pem',
    `${right}\n`,
    ` ${right}`,
    'https://sns.us-east-1.amazonaws.com/a/b.pem',
  ]) {
    await refuses(awsSns, { headers: [], body: message(url), fetchKey }, 'key_untrusted')
  }
  const settings = { topicArns: ['arn:other'] }
  await refuses(awsSns, { headers: [], body: message(right), fetchKey, settings }, 'key_untrusted')
  assert.equal(fetched, 0)
  await refuses(awsSns, { headers: [], body: message(right), fetchKey }, 'key_untrusted')
  assert.equal(fetched, 1)
})

test('20. what cannot be told is 503 with Retry-After, and never a yes', async () => {
  const body = JSON.stringify({
    Type: 'Notification',
    Message: 'm',
    MessageId: 'i',
    Timestamp: 't',
    TopicArn: 'arn',
    SignatureVersion: '2',
    Signature: 'AAAA',
    SigningCertURL: 'https://sns.us-east-1.amazonaws.com/a.pem',
  })
  const fetchKey = async () => {
    throw new Error('unreachable')
  }
  for (const given of [{ fetchKey }, { fetchKey: null }]) {
    const verdict = await verdictOf(awsSns, { headers: [], body, ...given })
    assert.ok(!verdict.ok && verdict.code === 'undecided')
    const response = WebhookError.toResponse(verdict.error)
    assert.equal(response.status, 503)
    assert.match(response.headers.get('retry-after')!, /^\d+$/)
  }
})

test('21. a forgotten await cannot read as a yes', () => {
  const request = { method: 'POST', url: '/', headers: [], body: bytes(BODY) }
  const given = { scheme: schemeOf(github), secrets: [SECRET], now: new Date() }
  const pending: unknown = verifyScheme(request, given)
  assert.notEqual((pending as { ok?: boolean }).ok, true)
})

test('22. several secrets count, each until its end, and the one that matched is told', async () => {
  const until = (seconds: number) => ({ secret: SECRET, until: new Date((NOW + seconds) * 1000) })
  const given = githubWith(`sha256=${RIGHT}`)
  assert.equal((await takes(github, { ...given, secrets: ['new', until(1)] })).secretIndex, 1)
  await refuses(github, { ...given, secrets: ['new', until(0)] }, 'signature_mismatch')
  await refuses(github, { ...given, secrets: [until(-1)] }, 'signature_mismatch')
  const nine = Array.from({ length: 9 }, (_, i) => `secret-${i}`)
  await refuses(github, { ...given, secrets: nine }, 'secret_missing')
})

test('23. what is right for one provider is nothing for another', async () => {
  await refuses(slack, githubWith(`sha256=${RIGHT}`), 'signature_missing')
  await refuses(github, stripeWith(String(NOW)), 'signature_missing')
})

test('24. outside every failure is the same 401, and nothing tells a secret or a MAC', async () => {
  const cases: [Preset, Given][] = [
    [github, { headers: [] }],
    [github, githubWith('sha256=')],
    [github, githubWith(`sha256=${'0'.repeat(64)}`)],
    [github, { headers: [...githubWith('a').headers, ...githubWith('b').headers] }],
    [stripe, { ...stripeWith(String(NOW)), now: NOW + 9999 }],
    [slack, slackWith('x')],
    [github, { ...githubWith('sha256='), secrets: [] }],
  ]
  const answers = new Set<string>()
  for (const [preset, given] of cases) {
    const verdict = await verdictOf(preset, given)
    assert.ok(!verdict.ok)
    const { message, findings, error } = verdict
    const told = JSON.stringify({ message, findings, error, stack: error.stack })
    assert.ok(!told.includes(SECRET) && !told.includes(RIGHT))
    const response = WebhookError.toResponse(error)
    answers.add(`${response.status} ${await response.text()}`)
  }
  assert.deepEqual([...answers], ['401 {"code":"unauthorized"}'])
})

test('DER signatures have one spelling', () => {
  const der = (...numbers: number[]) => Uint8Array.from([0x30, numbers.length, ...numbers])
  assert.ok(derToRaw(der(2, 1, 1, 2, 1, 1)))
  for (const wrong of [
    der(2, 1, 1, 2, 1, 1, 0),
    der(2, 2, 0, 1, 2, 1, 1),
    der(2, 1, 0x80, 2, 1, 1),
    der(2, 0, 2, 1, 1),
    der(2, 1, 1),
    Uint8Array.from([0x30, 0x81, 6, 2, 1, 1, 2, 1, 1]),
    new Uint8Array(0),
  ]) {
    assert.equal(derToRaw(wrong), null)
  }
})

test('a token’s algorithm is the scheme’s, whatever the token says', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part({
    iat: NOW,
    request_body_sha256: createHash('sha256').update(BODY).digest('hex'),
  })
  const asked: unknown[] = []
  const fetchKey: VerifyGiven['fetchKey'] = async (wanted) => {
    asked.push(wanted)
    return {}
  }
  const hs = `${part({ alg: 'HS256', kid: 'k' })}.${claims}`
  for (const token of [
    `${part({ alg: 'none', kid: 'k' })}.${claims}.`,
    `${part({ alg: 'none', kid: 'k' })}.${claims}.AAAA`,
    `${hs}.${createHmac('sha256', 'public').update(hs).digest('base64url')}`,
    'a.b',
    'a.b.c.d',
    `${part({ alg: 'ES256', kid: 'k', crit: ['x'] })}.${claims}.AAAA`,
  ]) {
    const headers: [string, string][] = [['Plaid-Verification', token]]
    await refuses(plaid, { headers, fetchKey: fetchKey! }, 'signature_malformed')
  }
  assert.deepEqual(asked, [])
})

test('a public key that is none is an error of whoever set it up', async () => {
  const scheme: Scheme = schemeOf(discord)
  for (const secret of ['xyz', 'ab'.repeat(31), 'ab'.repeat(33)]) {
    assert.throws(() => assertUsable({ scheme, secrets: [secret] }), { code: 'secret_missing' })
  }
})
