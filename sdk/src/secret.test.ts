import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBase64 } from './base64.ts'
import { parseSecret } from './secret.ts'

const PRIVATE =
  '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const PUBLIC = '1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
const SYMMETRIC = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const bytes = (length: number) => encodeBase64(new Uint8Array(length).fill(7))

test('each form is known by its prefix', async () => {
  const key = Uint8Array.from(Buffer.from(SYMMETRIC, 'base64'))
  const pair = Uint8Array.from(Buffer.from(PRIVATE, 'base64'))
  const publicKey = Uint8Array.from(Buffer.from(PUBLIC, 'base64'))
  assert.deepEqual(await parseSecret(`whsec_${SYMMETRIC}`), { kind: 'symmetric', key })
  assert.deepEqual(await parseSecret(SYMMETRIC), { kind: 'symmetric', key })
  assert.deepEqual(await parseSecret(`whpk_${PUBLIC}`), { kind: 'public', publicKey })
  const seed = pair.slice(0, 32)
  assert.deepEqual(await parseSecret(`whsk_${PRIVATE}`), { kind: 'private', seed, publicKey })
})

test('a symmetric secret holds 24 to 75 bytes', async () => {
  for (const length of [24, 32, 64, 75]) await parseSecret(`whsec_${bytes(length)}`)
  for (const length of [1, 23, 76, 100]) {
    await assert.rejects(parseSecret(`whsec_${bytes(length)}`), { code: 'bad_secret' })
  }
})

for (const [name, secret] of [
  ['empty', ''],
  ['only a prefix', 'whsec_'],
  ['a mistyped prefix', `hwsec_${SYMMETRIC}`],
  ['an upper-case prefix', `WHSEC_${SYMMETRIC}`],
  ['a prefix twice', `whsec_whsec_${SYMMETRIC}`],
  ['an unknown prefix', `sk_${SYMMETRIC}`],
  ['a line break at the end', `whsec_${SYMMETRIC}\n`],
  ['a space in front', ` whsec_${SYMMETRIC}`],
  ['url-safe base64', `whsec_${'-_'.repeat(16)}`],
  ['no padding', `whsec_${bytes(25).replaceAll('=', '')}`],
  ['unused bits set', `whsec_${bytes(25).replace(/.==$/, 'x==')}`],
  ['padding inside', `whsec_${bytes(25)}${bytes(25)}`],
  ['a private key without its public half', `whsk_${bytes(32)}`],
  ['a private key with a foreign public half', `whsk_${PRIVATE.slice(0, -8)}${bytes(4)}`],
  ['a private key of zeros', `whsk_${encodeBase64(new Uint8Array(64))}`],
  ['a public key of 31 bytes', `whpk_${bytes(31)}`],
  ['a public key of 64 bytes', `whpk_${PRIVATE}`],
] as const) {
  test(`${name} is bad_secret, and the message does not repeat it`, async () => {
    await assert.rejects(parseSecret(secret), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'bad_secret')
      if (secret.length > 20) assert.ok(!error.message.includes(secret.slice(8, 20)))
      return true
    })
  })
}
