// Each preset verifies what it signs, and nothing that was changed, cut or signed by another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRequest } from '../verification/check-request.ts'
import { encodeBytes } from '../verification/encoding.ts'
import type { Preset } from '../verification/preset.ts'
import { type InboundRequest, signedUrl } from '../verification/request.ts'
import type { Scheme } from '../verification/scheme.ts'
import { schemeOf, variantsOf } from '../verification/scheme-of.ts'
import { signRequest } from '../verification/sign-request.ts'
import type { PublicJwk } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'
import { presets } from './all.ts'

const at = new Date('2027-01-01T12:00:00.123Z')
const url = 'https://example.com/hooks/in?a=1&b=2'
const settings = { webhookId: '4JH86294D6297924G' }
const utf8 = (text: string) => new TextEncoder().encode(text)

type Keys = { sign: string; verify: string; jwk?: PublicJwk }

async function keysOf(scheme: Scheme): Promise<Keys> {
  if (scheme.kind === 'publicKey') return await keyPair(scheme.algorithm, scheme.key)
  if (scheme.kind === 'jwt' && scheme.algorithms[0] !== 'HS256') {
    return await jwkPair(scheme.algorithms[0])
  }
  if (scheme.kind === 'hmac' && scheme.key) {
    const { encoding, stripPrefix = '' } = scheme.key
    const key = crypto.getRandomValues(new Uint8Array(32))
    const text = stripPrefix + encodeBytes(key, encoding === 'hex' ? 'hex' : 'base64')
    return { sign: text, verify: text }
  }
  if (scheme.kind === 'custom' && scheme.verifier === 'adyen-standard') {
    return { sign: 'ab'.repeat(32), verify: 'ab'.repeat(32) }
  }
  return { sign: 'user:passw0rd', verify: 'user:passw0rd' }
}

const ALGORITHMS = {
  ed25519: { name: 'Ed25519' },
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256' },
  'rsa-sha1': rsa('SHA-1'),
  'rsa-sha256': rsa('SHA-256'),
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: rsa('SHA-256'),
}

function rsa(hash: string) {
  const publicExponent = new Uint8Array([1, 0, 1])
  return { name: 'RSASSA-PKCS1-v1_5', hash, modulusLength: 2048, publicExponent }
}

const generate = async (name: keyof typeof ALGORITHMS) =>
  (await crypto.subtle.generateKey(ALGORITHMS[name], true, [
    'sign',
    'verify',
  ])) as unknown as Record<'privateKey' | 'publicKey', Parameters<typeof crypto.subtle.sign>[1]>

async function keyPair(
  name: keyof typeof ALGORITHMS,
  { encoding, stripPrefix = '' }: { encoding: string; stripPrefix?: string },
): Promise<Keys> {
  const pair = await generate(name)
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  const format = encoding.startsWith('raw') ? 'raw' : 'spki'
  const bytes = Buffer.from(await crypto.subtle.exportKey(format, pair.publicKey))
  const text = bytes.toString(encoding === 'raw-hex' ? 'hex' : 'base64')
  const pem = `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`
  return { sign: pkcs8.toString('base64'), verify: encoding === 'pem' ? pem : stripPrefix + text }
}

async function jwkPair(name: 'ES256' | 'RS256'): Promise<Keys> {
  const pair = await generate(name)
  const secret = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as PublicJwk
  const jwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as PublicJwk
  return {
    sign: JSON.stringify({ ...secret, kid: 'k1' }),
    verify: JSON.stringify({ ...jwk, kid: 'k1' }),
    jwk,
  }
}

const ITEM = {
  pspReference: 'p',
  amount: { value: 1, currency: 'EUR' },
  eventCode: 'E',
  success: true,
}
const BODIES: Record<string, unknown> = {
  'microsoft-graph': { value: [{ id: 'a' }, { id: 'b' }] },
  adyen: { notificationItems: [{ NotificationRequestItem: ITEM }] },
}

function unsigned(preset: Preset): InboundRequest {
  const isForm = preset.name === 'mandrill' || preset.name === 'twilio'
  const json = JSON.stringify(BODIES[preset.name] ?? { id: 'evt_1', type: 'a.b', text: 'ä😀' })
  return {
    method: 'POST',
    url,
    headers: [['content-type', isForm ? 'application/x-www-form-urlencoded' : 'application/json']],
    body: utf8(isForm ? 'b=2&a=1&a=0&mandrill_events=%5B%5D' : json),
  }
}

type Case = { preset: Preset; scheme: Scheme; keys: Keys; signed: InboundRequest }

async function caseOf(preset: Preset, variant: string | null): Promise<Case> {
  const scheme = schemeOf(preset, variant)
  const keys = await keysOf(scheme)
  const { verifier } = preset
  const given = { scheme, secret: keys.sign, at, settings, verifier }
  return { preset, scheme, keys, signed: await signRequest(unsigned(preset), given) }
}

const verify = async (
  request: InboundRequest,
  { preset, scheme, keys }: Omit<Case, 'signed'>,
  now = at,
) =>
  // With the preset's own code only, as a receiver has it.
  await toVerdict(request, {
    scheme,
    secrets: [keys.verify],
    url: signedUrl(url, request.url),
    now,
    settings,
    fetchKey: async () => keys.jwk ?? assert.fail('no certificate'),
    verifier: preset.verifier,
    checkers: preset.checkers,
  })

async function toVerdict(...given: Parameters<typeof checkRequest>) {
  try {
    return { ok: true, ...(await checkRequest(...given)) } as const
  } catch (error) {
    if (error instanceof TypeError) throw error
    return { ok: false, code: error instanceof WebhookError ? error.code : 'undecided' } as const
  }
}

// Their keys are certificates: verifiers/certificate.test.ts.
const CERTIFICATES = ['aws-sns', 'paypal']
const all = Object.values(presets).filter(({ name }) => !CERTIFICATES.includes(name))
const cases: Case[] = []
for (const preset of all) {
  const variants = variantsOf(preset)
  for (const variant of variants.length > 0 ? variants : [null]) {
    cases.push(await caseOf(preset, variant))
  }
}

test('there are at least 50 presets, each with its docs and its limit', () => {
  assert.ok(Object.keys(presets).length >= 85)
  for (const [name, preset] of Object.entries(presets)) {
    assert.equal(preset.name, name)
    assert.ok(URL.canParse(preset.docs))
    assert.ok(preset.replyWithin > 0)
    assert.deepEqual(JSON.parse(JSON.stringify(preset.scheme)), preset.scheme, 'data only')
  }
})

for (const entry of cases) {
  const { preset, scheme, signed } = entry
  const variant = variantsOf(preset).find((name) => schemeOf(preset, name) === scheme)
  test(`${preset.name} ${variant ?? ''} verifies what it signs, and nothing else`, async () => {
    const verdict = await verify(signed, entry)
    assert.ok(verdict.ok, JSON.stringify(verdict))
    assert.equal(verdict.secretIndex, 0)

    const other = { ...entry, keys: await keysOf(scheme) }
    const isFixed = other.keys.verify === entry.keys.verify
    if (isFixed) other.keys = { sign: 'x', verify: 'ff'.repeat(32) }
    assert.equal((await verify(signed, other)).ok, false, 'another secret')

    const text = new TextDecoder().decode(signed.body)
    const changed = { ...signed, body: utf8(text.replace(/[a-z](?=[":=])/, 'z')) }
    if (verdict.bodyAuthenticated) {
      assert.notDeepEqual(changed.body, signed.body)
      assert.equal((await verify(changed, entry)).ok, false, 'another body')
      assert.equal((await verify({ ...signed, body: utf8(`${text} `) }, entry)).ok, false, 'longer')
    }
    // It is unsigned as it was before.
    assert.equal((await verify(unsigned(preset), entry)).ok, false, 'unsigned')
  })

  const tolerance = 'timestamp' in scheme ? scheme.timestamp?.tolerance : undefined
  if (tolerance !== null && tolerance !== undefined) {
    test(`${preset.name} ${variant ?? ''} takes exactly ${tolerance} s, both ways`, async () => {
      // Times in whole seconds are cut.
      const sent = scheme.kind !== 'jwt' && 'timestamp' in scheme && scheme.timestamp!.unit === 's'
      const base = sent ? Math.floor(at.getTime() / 1000) * 1000 : at.getTime()
      const after = async (seconds: number) =>
        await verify(signed, entry, new Date(base + seconds * 1000))
      assert.equal((await after(tolerance)).ok, true)
      assert.equal((await after(-tolerance)).ok, true)
      const old = await after(tolerance + 1)
      const early = await after(-tolerance - 1)
      assert.ok(!old.ok && old.code === 'timestamp_too_old')
      assert.ok(!early.ok && early.code === 'timestamp_too_new')
    })
  }
}

// Names of headers have no case; a fixed value in `Authorization` is the same wherever it is sent.
const spelled = (scheme: Scheme) => JSON.stringify(scheme).toLowerCase()
const isAuthorization = (scheme: Scheme) =>
  scheme.kind === 'secret' && spelled(scheme).includes('"authorization"')
const isSame = (a: Scheme, b: Scheme) =>
  spelled(a) === spelled(b) || (isAuthorization(a) && isAuthorization(b))

test('what one provider signs verifies at no other, with the same secret', async () => {
  const text = 'user:passw0rd'
  const plain = cases.filter(({ keys }) => keys.sign === text)
  assert.ok(plain.length > 40)
  let pairs = 0
  for (const from of plain) {
    for (const to of plain) {
      if (isSame(from.scheme, to.scheme)) continue
      const verdict = await verify(from.signed, { ...to, keys: from.keys })
      if (verdict.ok) assert.fail(`${from.preset.name} verifies as ${to.preset.name}`)
      pairs++
    }
  }
  assert.ok(pairs > 1500)
})
