import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from './sign.ts'
import { type VerifyOptions, verify } from './verify.ts'

// Published: the standard-webhooks JavaScript tests (v1) and the svix-webhooks server tests (v1a).
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const PRIVATE =
  'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const PUBLIC = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
const V1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const V1A =
  'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=='
const OTHER = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc='

const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const SECONDS = 1614265330
const BODY = '{"test": 2432232314}'
const at = (seconds: number): VerifyOptions => ({ now: new Date(seconds * 1000) })

for (const [name, secrets, expected] of [
  ['whsec_', [SECRET], V1],
  ['bare base64', [SECRET.slice('whsec_'.length)], V1],
  ['whsk_', [PRIVATE], V1A],
  ['both, in the order given', [PRIVATE, SECRET], `${V1A} ${V1}`],
] as const) {
  test(`signing with ${name} gives the published value`, async () => {
    const input = { id: ID, timestamp: SECONDS, payload: BODY, secrets: [...secrets] }
    assert.deepEqual(await sign(input), {
      'webhook-id': ID,
      'webhook-timestamp': String(SECONDS),
      'webhook-signature': expected,
    })
  })
}

const base = { signature: V1, secret: SECRET, now: SECONDS }
for (const [name, change, code] of [
  ['the right v1 signature', {}, null],
  ['the right v1a signature and the public key', { signature: V1A, secret: PUBLIC }, null],
  ['the right v1a signature and the private key', { signature: V1A, secret: PRIVATE }, null],
  ['a v1a among v1 signatures', { signature: `${V1} ${V1A}`, secret: PUBLIC }, null],
  ['one right of several', { signature: `${OTHER} v2,x ${V1} ${OTHER}` }, null],
  ['a clock 300 s ahead', { now: SECONDS + 300 }, null],
  ['a clock 300 s behind', { now: SECONDS - 300 }, null],
  ['a clock 301 s ahead', { now: SECONDS + 301 }, 'timestamp_too_old'],
  ['a clock 301 s behind', { now: SECONDS - 301 }, 'timestamp_too_new'],
  ['an empty signature (CVE-2024-21491)', { signature: 'v1,' }, 'no_matching_signature'],
  ['no signature after v1', { signature: 'v1' }, 'no_matching_signature'],
  ['garbage', { signature: 'v1,dawfeoifkpqwoekfpqoekf' }, 'no_matching_signature'],
  ['another signature', { signature: OTHER }, 'no_matching_signature'],
  ['an unknown version', { signature: V1.replace('v1', 'v2') }, 'no_matching_signature'],
  ['no version', { signature: V1.slice(3) }, 'no_matching_signature'],
  ['unpadded base64', { signature: V1.slice(0, -1) }, 'no_matching_signature'],
  ['a second spelling of base64', { signature: V1.replace('E=', 'F=') }, 'no_matching_signature'],
  ['an HMAC labelled v1a', { signature: V1.replace('v1', 'v1a') }, 'no_matching_signature'],
  ['an Ed25519 labelled v1', { signature: V1A.replace('v1a', 'v1') }, 'no_matching_signature'],
  ['a v1 signature, a public key', { secret: PUBLIC }, 'no_matching_signature'],
  ['a v1a signature, a symmetric key', { signature: V1A }, 'no_matching_signature'],
  ['the 33rd signature', { signature: `${`${OTHER} `.repeat(32)}${V1}` }, 'no_matching_signature'],
] as const) {
  test(`${name}: ${code ?? 'verifies'}`, async () => {
    const { signature, secret, now } = { ...base, ...change }
    const headers = {
      'webhook-id': ID,
      'webhook-timestamp': String(SECONDS),
      'webhook-signature': signature,
    }
    const result = verify(BODY, headers, secret, at(now))
    if (code) await assert.rejects(result, { name: 'WebhookVerificationError', code })
    else assert.deepEqual(await result, { test: 2432232314 })
  })
}

// Signing with the public half as an HMAC key must not pass: it is known to everybody.
test('a v1 signature keyed with the public key does not verify', async () => {
  const secrets = [PUBLIC.slice('whpk_'.length)]
  const forged = await sign({ id: ID, timestamp: SECONDS, payload: BODY, secrets })
  await assert.rejects(verify(BODY, forged, PUBLIC, at(SECONDS)), { code: 'no_matching_signature' })
})
