import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { generateSecret } from '../../src/domain/signing-secret.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/endpoint`
const url = 'https://example.com/'
const create = async (fields: object = {}) =>
  `${path}/${(await api.post(path, { url, ...fields })).body.id}/secret`
const keyOf = async (secret: string) => (await api.get(secret)).body.key
const hmac = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`

const ASYMMETRIC = {
  secret:
    'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  shown: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
}

const target = await create()

test('a generated secret has 24 bytes and stays the same', async () => {
  const secret = await create()
  const key = await keyOf(secret)
  assert.match(key, /^whsec_[A-Za-z0-9+/]{32}$/)
  assert.equal(await keyOf(secret), key)
  assert.notEqual(await keyOf(await create({ secret: null })), key)
})

test('an asymmetric secret is shown by its public half, never whole', async () => {
  const { text } = await api.get(await create({ secret: ASYMMETRIC.secret }))
  assert.equal(text, JSON.stringify({ key: ASYMMETRIC.shown }))
  const rotated = await create()
  await api.post(`${rotated}/rotate`, { key: ASYMMETRIC.secret })
  assert.equal(await keyOf(rotated), ASYMMETRIC.shown)
})

test('base64 without a prefix is taken as symmetric', async () => {
  const bare = randomBytes(24).toString('base64')
  assert.equal(await keyOf(await create({ secret: bare })), `whsec_${bare}`)
})

test('no answer but that of the secret holds it', async () => {
  const secret = hmac(24)
  const created = await api.post(path, { url, secret })
  const at = `${path}/${created.body.id}`
  const patched = await api.patch(at, { description: 'x' })
  for (const { text } of [created, patched, await api.get(at), await api.get(path)]) {
    assert.ok(!text.includes(secret.slice(6)))
  }
})

for (const bytes of [24, 25, 32, 64, 74, 75]) {
  test(`a secret of ${bytes} bytes is returned as it was given`, async () => {
    const secret = hmac(bytes)
    assert.equal(await keyOf(await create({ secret })), secret)
    const rotated = await create()
    assert.equal((await api.post(`${rotated}/rotate`, { key: secret })).status, 204)
    assert.equal(await keyOf(rotated), secret)
  })
}

const otherHalf = (() => {
  const [seed, point] = [generateSecret('ed25519'), generateSecret('ed25519')].map(({ text }) =>
    Buffer.from(text.slice(5), 'base64'),
  )
  return `whsk_${Buffer.concat([seed!.subarray(0, 32), point!.subarray(32)]).toString('base64')}`
})()

const REFUSED: Record<string, unknown> = {
  'of 21 bytes': hmac(21),
  'of 23 bytes': hmac(23),
  'of 76 bytes': hmac(76),
  'of 81 bytes': hmac(81),
  'of no bytes': 'whsec_',
  'of no text': '',
  'with the prefix hwsec_': hmac(24).replace('whsec', 'hwsec'),
  'with a prefix in capitals': hmac(24).replace('whsec', 'WHSEC'),
  'that is a public key': ASYMMETRIC.shown,
  'with a prefix twice': `whsec_${hmac(24)}`,
  'in base64url': `whsec_${'-_'.repeat(16)}`,
  'without its padding': `whsec_${randomBytes(25).toString('base64').replace(/=+$/, '')}`,
  'with a line break': `${hmac(24)}\n`,
  'with a space before': ` ${hmac(24)}`,
  'with junk at the end': `${hmac(24)}!`,
  'of half an asymmetric key': `whsk_${randomBytes(32).toString('base64')}`,
  'of two halves that do not belong together': otherHalf,
  'that is a number': 7,
}

testCases(
  api,
  Object.entries(REFUSED).flatMap(([what, value]) => [
    {
      name: `a secret ${what} is refused`,
      method: 'POST',
      path,
      body: { url, secret: value },
      status: 422,
      has: ['"value_error.jsondecode"'],
      ...(String(value).length > 10 && { hasNot: [String(value).trim()] }),
      loc: ['body', 'secret'],
    },
    {
      name: `a key ${what} is refused`,
      method: 'POST',
      path: `${target}/rotate`,
      body: { key: value },
      status: 422,
      loc: ['body', 'key'],
    },
  ]),
)
