import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSecret, parseSecret, shownSecret } from './signing-secret.ts'

const asymmetric =
  'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64')

test('a generated secret is whsec_ and 24 bytes, or an Ed25519 pair', () => {
  const { text } = generateSecret()
  assert.match(text, /^whsec_[A-Za-z0-9+/]{32}$/)
  const pair = generateSecret('ed25519')
  assert.deepEqual(parseSecret(pair.text), pair)
  assert.match(shownSecret(pair), /^whpk_[A-Za-z0-9+/]{43}=$/)
})

test('readers of an asymmetric key see its public half', () => {
  const secret = parseSecret(asymmetric)
  assert.ok('kind' in secret)
  assert.equal(shownSecret(secret), 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=')
})

test('bare base64 is taken as whsec_', () => {
  assert.deepEqual(parseSecret(base64(32)), { kind: 'hmac', text: `whsec_${base64(32)}` })
})

for (const bytes of [24, 64, 75])
  test(`${bytes} bytes are a secret`, () => {
    assert.ok('kind' in parseSecret(`whsec_${base64(bytes)}`))
  })

for (const text of [
  '',
  'whsec_',
  `whsec_${base64(21)}`,
  `whsec_${base64(81)}`,
  `hwsec_${base64(24)}`,
  `whsec_${base64(24)} `,
  `whpk_${base64(32)}`,
  'whsec_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_',
  `whsk_${base64(63)}`,
  `whsk_${base64(64)}`,
])
  test(`${JSON.stringify(text.slice(0, 20))}… is refused with a reason`, () => {
    const parsed = parseSecret(text)
    assert.ok('problem' in parsed && parsed.problem.length > 10)
  })
