import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigError, readConfig } from './config.ts'

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readConfig(env)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
}

test('nothing needs to be set', () => {
  const config = readConfig({})
  assert.equal(config.port, 8400)
  assert.deepEqual(config.retrySchedule, [5, 300, 1800, 7200, 18000, 36000, 36000])
  assert.equal(config.databaseUrl, null)
})

test('all problems are reported at once, an unknown variable with the nearest name', () => {
  const problems = problemsOf({
    BELLWIRE_PORT: '99999',
    BELLWIRE_ROLE: 'boss',
    BELLWIRE_EGRESS_ALLOW: '0.0.0.0/1',
    BELLWIRE_MAIN_SECRET: 'short',
    BELLWIRE_RETRY_SHEDULE: '1',
    DATABASE_URL: 'mysql://x',
  })
  assert.equal(problems.length, 6)
  assert.ok(problems.some((problem) => problem.includes('did you mean BELLWIRE_RETRY_SCHEDULE?')))
  assert.ok(
    problems.some((problem) => problem.startsWith('BELLWIRE_PORT: ') && problem.includes('99999')),
  )
})

test('an empty retry schedule means one attempt, any other empty value means not set', () => {
  assert.deepEqual(readConfig({ BELLWIRE_RETRY_SCHEDULE: '' }).retrySchedule, [])
  assert.deepEqual(readConfig({ BELLWIRE_RETRY_SCHEDULE: '0.05, 2' }).retrySchedule, [0.05, 2])
  assert.equal(readConfig({ BELLWIRE_PORT: '' }).port, 8400)
})

test('PORT means BELLWIRE_PORT, which wins', () => {
  assert.equal(readConfig({ PORT: '9000' }).port, 9000)
  assert.equal(readConfig({ PORT: '9000', BELLWIRE_PORT: '9001' }).port, 9001)
})

const folder = mkdtempSync(join(tmpdir(), 'bellwire-config-'))
after(() => rmSync(folder, { recursive: true }))

test('a secret may be a file, but not both', () => {
  const file = join(folder, 'secret')
  const secret = 'x'.repeat(40)
  writeFileSync(file, `${secret}\n`)
  assert.equal(readConfig({ BELLWIRE_MAIN_SECRET_FILE: file }).mainSecret, secret)
  const both = problemsOf({ BELLWIRE_MAIN_SECRET_FILE: file, BELLWIRE_MAIN_SECRET: secret })
  assert.match(both[0]!, /both/)
  assert.equal(problemsOf({ BELLWIRE_MAIN_SECRET_FILE: join(folder, 'none') }).length, 1)
})

test('a problem never repeats a secret', () => {
  assert.ok(!problemsOf({ BELLWIRE_MAIN_SECRET: 'canary' }).join().includes('canary'))
})

test('a rate limit is requests a second, with an optional burst', () => {
  const parse = (text: string) => readConfig({ BELLWIRE_API_RATE_LIMIT: text }).apiRateLimit
  assert.equal(readConfig({}).apiRateLimit, null)
  assert.deepEqual(parse('50'), { perSecond: 50, burst: 50 })
  assert.deepEqual(parse('50/200'), { perSecond: 50, burst: 200 })
  for (const wrong of ['0', '-1', '1.5', 'many', '1/0', '1/2/3', '/5', '5/']) {
    assert.throws(() => parse(wrong), /BELLWIRE_API_RATE_LIMIT: expected/, wrong)
  }
})
