import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OAuth2 } from '../../domain/endpoint-auth.ts'
import { newId } from '../../domain/ids.ts'
import type { Failure, Outcome } from '../../domain/outcome.ts'
import type { PreparedRequest } from '../prepare.ts'
import { credentialsOf } from './token-request.ts'
import { createTokens, type Token } from './tokens.ts'

const settings: OAuth2 = {
  ...{ tokenUrl: 'https://example.com/token', clientId: 'a', clientSecret: 'b' },
  ...{ authMethod: 'clientSecretBasic', scopes: [], audience: null, extraParams: {} },
}
const credentials = credentialsOf(settings)
const id = newId('endpoint')

/** A token server whose answers come when the test says so. */
function setup(expiresIn: unknown) {
  let now = 0
  const asked: { request: PreparedRequest; answer(): void }[] = []
  const send = (request: PreparedRequest) =>
    new Promise<Outcome>((resolve) => {
      const token = `t${asked.length + 1}`
      const answer = () => {
        const said = { access_token: token, expires_in: expiresIn }
        const body = Buffer.from(JSON.stringify(said))
        const whole = { status: 200, headers: [], body, bodyCut: false }
        resolve({ kind: 'delivered', answer: whole, durationMs: 1 })
      }
      asked.push({ request, answer })
    })
  const tokens = createTokens({ send, userAgent: 'test', now: () => now })
  return {
    ...{ tokens, asked },
    at: (seconds: number) => {
      now = seconds * 1000
    },
  }
}

const shown = async (token: Promise<Token | Failure>) => {
  const got = await token
  return 'code' in got ? got.code : got.authorization
}

const EXPIRIES: [string, unknown, number, number][] = [
  ['a tenth before its end', 100, 89.9, 90.1],
  ['of a long life half a minute before its end', 3_600, 3_569, 3_571],
  ['also when its life is told as text', '100', 89.9, 90.1],
  ['after an hour when its life is not told', undefined, 3_569, 3_571],
  ['after an hour when its life makes no sense', -5, 3_569, 3_571],
]
for (const [when, expiresIn, before, after] of EXPIRIES)
  test(`a token is asked for anew ${when}`, async () => {
    const { tokens, asked, at } = setup(expiresIn)
    const first = tokens.get(id, credentials)
    asked[0]!.answer()
    assert.equal(await shown(first), 'Bearer t1')
    at(before)
    assert.equal(await shown(tokens.get(id, credentials)), 'Bearer t1')
    at(after)
    const second = tokens.get(id, credentials)
    asked[1]!.answer()
    assert.equal(await shown(second), 'Bearer t2')
  })

test('other settings are asked for at once, and what the old ones bring is not theirs', async () => {
  const { tokens, asked } = setup(100)
  const old = tokens.get(id, credentials)
  const changed = credentialsOf({ ...settings, scopes: ['more'] })
  const current = tokens.get(id, changed)
  assert.equal(asked.length, 2)
  asked[1]!.answer()
  asked[0]!.answer()
  assert.deepEqual([await shown(old), await shown(current)], ['Bearer t1', 'Bearer t2'])
  assert.equal(await shown(tokens.get(id, changed)), 'Bearer t2')
})

test('a refused token is forgotten, but not the one that took its place', async () => {
  const { tokens, asked } = setup(100)
  const first = tokens.get(id, credentials)
  asked[0]!.answer()
  const refused = (await first) as Token
  tokens.refused(id, refused)
  const second = tokens.get(id, credentials)
  asked[1]!.answer()
  await second
  tokens.refused(id, refused)
  assert.equal(await shown(tokens.get(id, credentials)), 'Bearer t2')
  assert.equal(asked.length, 2)
})

test('endpoints with the same settings have a token each', async () => {
  const { tokens, asked } = setup(100)
  const both = [tokens.get(id, credentials), tokens.get(newId('endpoint'), credentials)]
  for (const each of asked) each.answer()
  assert.deepEqual(await Promise.all(both.map(shown)), ['Bearer t1', 'Bearer t2'])
})
