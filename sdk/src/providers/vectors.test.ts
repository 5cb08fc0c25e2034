// Every vector gives the verdict, the answer or the string that it says. Nothing is skipped: a vector
// of a kind that is not known here fails.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { answerHandshake } from '../verification/handshake.ts'
import { type InboundRequest, signedUrl } from '../verification/request.ts'
import { schemeOf, variantsOf } from '../verification/scheme-of.ts'
import { verifyScheme } from '../verification/verify-scheme.ts'
import { awsSnsSignedString, isAwsSnsCertificateUrl } from '../verifiers/aws-sns.ts'
import { paypalSignedString } from '../verifiers/paypal.ts'
import { presetOf } from './all.ts'

type Vector = {
  id: string
  provider: string
  variant?: string
  check: 'verify' | 'respond' | 'verify-and-respond' | 'cert-url' | 'signed-string'
  secret?: string
  publicKey?: string
  cert?: string
  certUrl?: string
  verifyToken?: string
  webhookId?: string
  now?: number
  method: string
  url?: string
  headers: Record<string, string>
  body: string
  signed?: string
  expect?: boolean
  expectResponse?: {
    status: number
    contentType?: string
    headers?: Record<string, string>
    text?: string
    json?: unknown
  }
}

const file = new URL('../../../server/test/data/verification-vectors.json', import.meta.url)
const { vectors } = JSON.parse(await readFile(file, 'utf8')) as { vectors: Vector[] }

test('the file holds the vectors that it did', () => {
  assert.equal(vectors.length, 78)
})

for (const vector of vectors) {
  test(`${vector.id}: ${vector.check}`, async () => {
    switch (vector.check) {
      case 'cert-url':
        return assert.equal(isAwsSnsCertificateUrl(vector.certUrl!), vector.expect)
      case 'signed-string':
        return assert.equal(paypalSignedString(toRequest(vector), vector.webhookId), vector.signed)
      case 'verify':
        return await assertVerdict(vector)
      case 'respond':
        return await assertResponse(vector)
      case 'verify-and-respond':
        await assertVerdict(vector)
        return await assertResponse(vector)
      default:
        return vector.check satisfies never
    }
  })
}

async function assertVerdict(vector: Vector) {
  assert.equal(typeof vector.expect, 'boolean')
  const verdict = await verdictOf(vector)
  assert.equal(verdict.ok, vector.expect, JSON.stringify(verdict))
  if (!verdict.ok) assert.notEqual(verdict.code, 'undecided')
  if (vector.signed && vector.provider === 'aws-sns') {
    assert.equal(awsSnsSignedString(JSON.parse(vector.body)), vector.signed)
  }
  if (!verdict.ok || vector.body === '') return
  // The verdict hangs on the body: one byte more, and it is another.
  const { body } = vector
  const longer = await verdictOf({
    ...vector,
    body: `${body.replace(/"\s*:\s*"/, (at) => `${at}x`)} `,
  })
  if (verdict.bodyAuthenticated) assert.equal(longer.ok, false)
}

async function assertResponse(vector: Vector) {
  const { expectResponse: expected } = vector
  const preset = presetOf(vector.provider)!
  const scheme = schemeOf(preset, variantOf(vector))
  const result = await answerHandshake(toRequest(vector), preset, {
    scheme,
    secrets: secretsOf(vector),
    now: nowOf(vector),
    verify: async () => await verdictOf(vector),
    verifyToken: vector.verifyToken ?? null,
  })
  assert.ok(result?.kind === 'answered', JSON.stringify(result))
  const { status, headers = {}, body = '' } = result.answer
  assert.equal(status, expected!.status)
  if (expected!.contentType) assert.equal(headers['content-type'], expected!.contentType)
  if (expected!.text !== undefined) assert.equal(body, expected!.text)
  if (expected!.json !== undefined) assert.deepEqual(JSON.parse(body), expected!.json)
  for (const [name, value] of Object.entries(expected!.headers ?? {})) {
    const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)
    assert.equal(found?.[1], value)
  }
}

async function verdictOf(vector: Vector) {
  const preset = presetOf(vector.provider)!
  const request = toRequest(vector)
  return await verifyScheme(request, {
    scheme: schemeOf(preset, variantOf(vector)),
    secrets: secretsOf(vector),
    now: nowOf(vector),
    url: vector.url === undefined ? null : signedUrl(vector.url, request.url),
    fetchKey: async () => vector.cert!,
    verifier: preset.verifier,
  })
}

/** Some name a case and not a variant of the preset. */
function variantOf({ provider, variant }: Vector): string | null {
  return variant && variantsOf(presetOf(provider)!).includes(variant) ? variant : null
}

const secretsOf = ({ secret, publicKey }: Vector) =>
  [secret, publicKey].filter((text) => text !== undefined)

// The certificate among the vectors counts from the end of 2026.
const nowOf = ({ now }: Vector) =>
  now === undefined ? new Date('2027-01-01') : new Date(now * 1000)

function toRequest({ method, url = '/', headers, body }: Vector): InboundRequest {
  return { method, url, headers: Object.entries(headers), body: new TextEncoder().encode(body) }
}
