import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { DEFAULT_SETTINGS } from '../domain/environment-settings.ts'
import { newId } from '../domain/ids.ts'
import { createSettingsCache } from './settings-cache.ts'

// What is known is known for a second: none passes in here, however busy the machine is.
mock.method(performance, 'now', () => 1_000)

const id = newId('environment')
const rule = { policy: null, schemas: null }

function counting({ fails = false } = {}) {
  const asked = { environments: 0, rules: 0 }
  const cache = createSettingsCache({
    async environment() {
      asked.environments++
      if (fails && asked.environments === 1) throw new Error('not now')
      return { ...DEFAULT_SETTINGS, hasOwnPolicies: false }
    },
    async payloadRule() {
      asked.rules++
      return rule
    },
  })
  return { ...cache, asked }
}

test('a thousand messages at once ask the store once', async () => {
  const { settingsOf, payloadRuleOf, asked } = counting()
  await Promise.all(
    Array.from({ length: 1_000 }, () => Promise.all([settingsOf(id), payloadRuleOf(id, 'a')])),
  )
  assert.deepEqual(asked, { environments: 1, rules: 1 })
})

test('each environment and each event type is asked for by itself', async () => {
  const { settingsOf, payloadRuleOf, asked } = counting()
  const other = newId('environment')
  for (const one of [id, other]) {
    await settingsOf(one)
    for (const eventType of ['a', 'b']) await payloadRuleOf(one, eventType)
  }
  assert.deepEqual(asked, { environments: 2, rules: 4 })
})

test('a change through this process counts at once', async () => {
  const { settingsOf, payloadRuleOf, settingsChanged, asked } = counting()
  for (let n = 0; n < 2; n++) {
    await settingsOf(id)
    await payloadRuleOf(id, 'a')
    settingsChanged()
  }
  assert.deepEqual(asked, { environments: 2, rules: 2 })
})

test('a lookup that failed does not fail the next one', async () => {
  const { settingsOf } = counting({ fails: true })
  await assert.rejects(settingsOf(id))
  assert.equal((await settingsOf(id)).schemaPolicy, 'off')
})
