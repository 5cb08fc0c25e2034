// Who tries tokens is slowed down, and whoever shares the address goes on.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAuthenticator, networkOf } from '../../src/api/access.ts'
import type { AppError } from '../../src/domain/errors.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { findCaller } from '../../src/store/callers.ts'
import { startApi } from './api.ts'

const api = await startApi()
const LIMIT = 5

/** An authenticator of its own: asks from an address, and counts what it cost the database. */
function guessing() {
  let lookups = 0
  const refused: string[] = []
  const { authenticate } = createAuthenticator(
    (token) => {
      lookups++
      return findCaller(api.store.db, token)
    },
    { failuresPerMinute: LIMIT, refused: (address) => refused.push(address) },
  )
  const codeOf = (token: string, address = '192.0.2.1') =>
    authenticate(`Bearer ${token}`, address).then(
      () => 'ok',
      (error: AppError) => error.code,
    )
  return { authenticate, codeOf, refused, lookups: () => lookups }
}
const guess = () => `bwk_${randomUUID()}`
async function guessTimes(codeOf: (token: string) => Promise<string>, times: number) {
  const codes = []
  for (let round = 0; round < times; round++) codes.push(await codeOf(guess()))
  return codes
}

test('after so many unknown tokens an address gets 429, and the database is left alone', async () => {
  const { codeOf, lookups, refused, authenticate } = guessing()
  const codes = await guessTimes(codeOf, LIMIT + 3)
  assert.deepEqual(codes.slice(0, LIMIT), Array(LIMIT).fill('authentication_failed'))
  assert.deepEqual(codes.slice(LIMIT), Array(3).fill('rate_limited'))
  assert.equal(lookups(), LIMIT)
  assert.deepEqual(refused, Array(3).fill('192.0.2.1'))
  await assert.rejects(authenticate(`Bearer ${guess()}`, '192.0.2.1'), (error: AppError) => {
    // A twelfth of a minute each; some of it is over on a machine that is busy.
    const seconds = error.retryAfterSeconds ?? 0
    return seconds > 0 && seconds <= 60 / LIMIT
  })
})

test('a token that was good lately goes on behind the same address', async () => {
  const { codeOf } = guessing()
  assert.equal(await codeOf(api.token), 'ok')
  assert.ok((await guessTimes(codeOf, LIMIT + 1)).includes('rate_limited'))
  assert.equal(await codeOf(api.token), 'ok')
})

test('another address is not concerned', async () => {
  const { codeOf } = guessing()
  await guessTimes(codeOf, LIMIT + 1)
  assert.equal(await codeOf(guess()), 'rate_limited')
  assert.equal(await codeOf(guess(), '192.0.2.2'), 'authentication_failed')
  assert.equal(await codeOf(api.token, '192.0.2.2'), 'ok')
})

test('many good tokens of one address are all let in', async () => {
  const { codeOf } = guessing()
  const keys = await Promise.all(
    Array.from({ length: LIMIT * 3 }, () =>
      createApiKey(api.store.db, api.environmentId, { name: 'one of many' }),
    ),
  )
  const codes = await Promise.all(keys.map(({ token }) => codeOf(token)))
  assert.deepEqual(new Set(codes), new Set(['ok']))
})

test('a client that repeats one bad token is told 401, however often', async () => {
  const { codeOf, lookups } = guessing()
  const token = guess()
  for (let round = 0; round < 200; round++) {
    assert.equal(await codeOf(token), 'authentication_failed')
  }
  assert.ok(lookups() < LIMIT, 'two hundred take less than some seconds')
})

test('no token at all is 401 and counts for nothing', async () => {
  const { authenticate, codeOf } = guessing()
  for (let round = 0; round < LIMIT * 2; round++) {
    await assert.rejects(authenticate(undefined, '192.0.2.1'), { code: 'authentication_failed' })
  }
  assert.equal(await codeOf(guess()), 'authentication_failed')
})

test('over HTTP it is 429 with Retry-After', async () => {
  const guarded = await startApi({ failuresPerMinute: LIMIT })
  const ask = (token: string) => guarded.call({ method: 'GET', path: 'app', token })
  let last = await ask(guess())
  for (let round = 0; round < LIMIT; round++) last = await ask(guess())
  assert.equal(last.status, 429)
  assert.equal(last.body.code, 'rate_limited')
  assert.match(String(last.headers['retry-after']), /^(8|9|10|11|12)$/)
})

for (const [address, network] of [
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
] as const) {
  test(`${address} counts as ${network}`, () => {
    assert.equal(networkOf(address), network)
  })
}
