// Commands that need no running server: what they print and how they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionUrl, testDatabase } from '../database.ts'
import { bellwire, newDataDir, SERVE_ENV } from '../process.ts'
import { closedPort, startReceiver } from '../receiver.ts'

test('--help lists the commands, and each command explains itself with examples', async () => {
  const main = await bellwire(['--help'])
  assert.equal(main.code, 0)
  const commands = [
    ['dev'],
    ['serve'],
    ['migrate'],
    ['openapi'],
    ['keys'],
    ['keys', 'create'],
    ['keys', 'list'],
    ['keys', 'revoke'],
    ['send'],
    ['verify'],
    ['trigger'],
    ['listen'],
    ['catalog'],
    ['catalog', 'apply'],
    ['catalog', 'diff'],
    ['catalog', 'lint'],
    ['catalog', 'export'],
  ]
  for (const command of commands) {
    const help = await bellwire([...command, '--help'])
    assert.equal(help.code, 0, command.join(' '))
    assert.match(help.stdout, new RegExp(`^Usage: bellwire ${command.join(' ')}`))
    if (command.length === 2 || command[0] !== 'keys') assert.match(help.stdout, /Examples:/)
    assert.ok(main.stdout.includes(`  ${command[0]}`), `${command[0]} is listed`)
  }
})

test('--version prints the version alone', async () => {
  const { code, stdout } = await bellwire(['--version'])
  assert.deepEqual([code, /^\d+\.\d+\.\d+\n$/.test(stdout)], [0, true])
})

test('wrong usage ends with 2 and says where help is', async () => {
  for (const args of [
    ['serf'],
    ['send'],
    ['keys', 'create'],
    ['keys', 'create', 'x', '--scope', 'all'],
    ['serve', '--port', '1'],
    [],
  ]) {
    const { code, stderr, stdout } = await bellwire(args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /--help|Usage/, args.join(' '))
  }
})

test('all wrong settings are reported at once, an unknown one with a suggestion', async () => {
  const { code, stderr } = await bellwire(['serve'], {
    BELLWIRE_PROT: '1',
    BELLWIRE_PORT: 'http',
    BELLWIRE_RETRY_SCHEDULE: '5,soon',
    BELLWIRE_ROLE: 'everything',
    BELLWIRE_MAIN_SECRET: 'short',
    DATABASE_URL: 'mysql://localhost',
  })
  assert.equal(code, 2)
  assert.match(stderr, /BELLWIRE_PROT: no such setting; did you mean BELLWIRE_PORT\?/)
  assert.match(stderr, /BELLWIRE_PORT: expected a whole number .*"http"/)
  assert.match(stderr, /BELLWIRE_RETRY_SCHEDULE: .*"soon"/)
  assert.match(stderr, /BELLWIRE_ROLE: expected one of all, api, worker, got "everything"/)
  assert.match(stderr, /BELLWIRE_MAIN_SECRET: expected at least 32 characters/)
  assert.match(stderr, /DATABASE_URL: expected a postgres:\/\/ URL/)
  assert.doesNotMatch(stderr, /short/, 'no secret is repeated')
})

test('serve without a main secret ends with 2 and says how to make one', async () => {
  const { code, stderr } = await bellwire(['serve'], { BELLWIRE_DATA_DIR: await newDataDir() })
  assert.equal(code, 2)
  assert.match(stderr, /BELLWIRE_MAIN_SECRET is needed.*\n.*openssl rand/)
})

test('serve where something listens already ends with 1 and names the port', async () => {
  const { store, url } = await database()
  const taken = new URL((await startReceiver()).url).port
  const env = { ...SERVE_ENV, BELLWIRE_PORT: taken, DATABASE_URL: url }
  const { code, stderr } = await bellwire(['serve'], env)
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`EADDRINUSE.*${taken}.*BELLWIRE_PORT`))
  const { rows } = await store.pool.query('select from node')
  assert.equal(rows.length, 0, 'it took itself off the list of nodes')
})

test('serve without a database ends with 3 and says so in a sentence', async () => {
  const DATABASE_URL = `postgres://nobody@127.0.0.1:${await closedPort()}/none`
  const { code, stderr } = await bellwire(['serve'], { ...SERVE_ENV, DATABASE_URL })
  assert.equal(code, 3)
  assert.match(stderr, /^The database of DATABASE_URL cannot be reached: .*ECONNREFUSED.*\.\n$/)
})

test('send without a server ends with 3 and says how to start one', async () => {
  const env = {
    BELLWIRE_URL: `http://127.0.0.1:${await closedPort()}`,
    BELLWIRE_API_KEY: 'some-key',
  }
  const { code, stderr } = await bellwire(['send', 'demo', 'a.b', '{}'], env)
  assert.equal(code, 3)
  assert.match(stderr, /No server answers at .*ECONNREFUSED.*npm start/)
  const badJson = await bellwire(['send', 'demo', 'a.b', '{'], env)
  assert.equal(badJson.code, 2)
})

test('migrate brings an empty database up to date, and finds nothing to do the second time', async () => {
  const { store, url } = await database()
  await store.pool.query('create database empty_one')
  const env = { DATABASE_URL: url.replace(/\/[^/?]+(\?|$)/, '/empty_one$1') }
  const first = await bellwire(['migrate'], env)
  assert.deepEqual([first.code, first.stdout.split('\n')[0]], [0, '0001-init.sql'])
  const second = await bellwire(['migrate'], env)
  assert.deepEqual([second.code, second.stdout], [0, ''])
  assert.match(second.stderr, /up to date/)
  await store.pool.query('drop database empty_one with (force)')
})

async function database() {
  const store = await testDatabase()
  return { store, url: connectionUrl(store.connection) }
}
