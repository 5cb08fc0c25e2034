// Keys of a provider that were given, one or a set: only the one that the token names counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plaid } from '../providers/plaid.ts'
import { schemeOf } from './scheme-of.ts'
import { signRequest } from './sign-request.ts'
import { assertUsable, verifyScheme } from './verify-scheme.ts'

const scheme = schemeOf(plaid)
const now = new Date('2026-01-01T00:00:00Z')

async function newKey(kid?: string) {
  const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
  const named = kid === undefined ? {} : { kid }
  const [secret, open] = await Promise.all([
    crypto.subtle.exportKey('jwk', pair.privateKey),
    crypto.subtle.exportKey('jwk', pair.publicKey),
  ])
  return { secret: JSON.stringify({ ...secret, ...named }), open: { ...open, ...named } }
}

const [one, two, nameless] = await Promise.all([newKey('one'), newKey('two'), newKey()])
const set = (...keys: object[]) => JSON.stringify({ keys })

const signedWith = (secret: string) => {
  const body = new TextEncoder().encode('{"webhook_type":"ITEM"}')
  return signRequest({ method: 'POST', url: '/', headers: [], body }, { scheme, secret, at: now })
}

async function codeOf(secret: string, secrets: string[]) {
  const fetchKey = () => assert.fail('what was given is not asked for')
  const verdict = await verifyScheme(await signedWith(secret), { scheme, secrets, now, fetchKey })
  return verdict.ok ? verdict.secretIndex : verdict.code
}

test('a key or a set of them verifies, and says which secret it was', async () => {
  assert.equal(await codeOf(one.secret, [JSON.stringify(one.open)]), 0)
  assert.equal(await codeOf(two.secret, [set(one.open, two.open)]), 0)
  assert.equal(await codeOf(two.secret, [JSON.stringify(one.open), set(two.open)]), 1)
})

test('another key under its name, a name that is not there and none at all are refused', async () => {
  const impostor = { ...two.open, kid: 'one' }
  assert.equal(await codeOf(one.secret, [JSON.stringify(impostor)]), 'signature_mismatch')
  assert.equal(await codeOf(one.secret, [set(two.open)]), 'key_untrusted')
  assert.equal(await codeOf(nameless.secret, [set(nameless.open)]), 'signature_malformed')
})

test('without a key and without a way to have it nothing is decided', async () => {
  const verdict = await verifyScheme(await signedWith(one.secret), { scheme, secrets: [], now })
  assert.equal(verdict.ok ? 'ok' : verdict.code, 'undecided')
})

test('what is no key for the algorithm is an error of whoever set it up', () => {
  const { x, ...cut } = one.open as Record<string, unknown>
  const wrong = [
    ...['text', '[]', '{}', 'null', '{"keys":[]}', '{"keys":[1]}'],
    ...[JSON.stringify(cut), JSON.stringify({ ...one.open, crv: 'P-384' })],
    ...[JSON.stringify(nameless.open), set(one.open, nameless.open)],
    set(...Array.from({ length: 17 }, () => one.open)),
  ]
  for (const secret of wrong) {
    assert.throws(
      () => assertUsable({ scheme, secrets: [secret] }),
      { code: 'secret_missing' },
      secret,
    )
  }
  assert.doesNotThrow(() => assertUsable({ scheme, secrets: [set(one.open, two.open)] }))
  assert.doesNotThrow(() => assertUsable({ scheme, secrets: [] }))
})
