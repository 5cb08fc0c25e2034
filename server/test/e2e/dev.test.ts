// The first five minutes: `bellwire dev`, the line it prints, and the commands beside it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { answers, bellwire, freePorts, newDataDir, postmasterOf, runBellwire } from '../process.ts'
import { until } from '../until.ts'

const port = await freePorts()
const url = `http://127.0.0.1:${port}`
const dataDir = await newDataDir()
const env = { BELLWIRE_DATA_DIR: dataDir, BELLWIRE_PORT: String(port), NO_COLOR: '1' }
let dev: ReturnType<typeof runBellwire>
const shown = (pattern: RegExp) => pattern.exec(dev.stdout())?.[1]
const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
)

before(async () => {
  dev = runBellwire(['dev'], env)
  await until('dev is ready', () => dev.stdout().includes('Ctrl-C stops everything'), {
    within: 30_000,
    or: () => dev.stdout() + dev.stderr(),
  })
})

test('dev prints its URL, an API key and a line to paste', async () => {
  assert.equal(shown(/URL +(\S+)/), url)
  assert.match(shown(/API key +(\S+)/)!, /^bwk_/)
  assert.ok(await answers(`${url}/readyz`))
  assert.ok(await answers(`${url}/`), 'and the web app is there')
})

test('the curl line sends a webhook that the receiver in dev shows as valid', {
  skip: hasCurl ? false : 'needs curl',
}, async () => {
  const line = shown(/^(curl .*)$/m)!
  const { stdout } = await promisify(execFile)('sh', ['-c', line])
  const message = JSON.parse(stdout) as { id: string; eventType: string }
  assert.equal(message.eventType, 'hello.world')
  const seen = await until('it arrives', () => arrival(message.id))
  assert.match(seen, /signature valid .*"it works"/)
})

test('send works beside it without any setting but the data directory', async () => {
  const args = ['send', 'demo', 'order.created', '{"n":1.0}']
  const { code, stdout, stderr } = await bellwire(args, env)
  assert.deepEqual([code, stderr.includes('Accepted')], [0, true], stderr)
  assert.match(await until('it arrives', () => arrival(stdout.trim())), /valid .*\{"n":1\.0\}/)

  const piped = await bellwire(['send', 'demo', 'a.b', '-', '--json'], env, '{"from":"stdin"}')
  const { id } = JSON.parse(piped.stdout) as { id: string }
  assert.match(await until('it arrives', () => arrival(id)), /valid .*"stdin"/)
  const unknown = await bellwire(['send', 'nobody', 'a.b', '{}'], env)
  assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
  assert.match(unknown.stderr, /404/)
})

test('keys are made, listed and revoked beside it; a revoked one is refused within moments', async () => {
  const made = await bellwire(['keys', 'create', 'e2e', '--json'], env)
  const { id, token } = JSON.parse(made.stdout) as { id: string; token: string }
  assert.equal(await statusWith(token), 200)
  assert.match((await bellwire(['keys', 'list'], env)).stdout, new RegExp(`${id} .*created.* e2e`))

  assert.equal((await bellwire(['keys', 'revoke', id], env)).code, 2, 'nobody can be asked')
  assert.equal((await bellwire(['keys', 'revoke', id, '--yes'], env)).code, 0)
  await until('it is refused', async () => (await statusWith(token)) === 401, { within: 5_000 })
  assert.match((await bellwire(['keys', 'list'], env)).stdout, new RegExp(`${id} .*revoked`))
  const unknown = await bellwire(['keys', 'revoke', id.replace(/.{4}$/, '0000'), '--yes'], env)
  assert.deepEqual([unknown.code, /No API key/.test(unknown.stderr)], [1, true])
  assert.deepEqual(await notedOf(id), ['command keys revoke', 'command keys create'])
})

test('SIGINT stops everything; the next dev knows its key and does not show it again', async () => {
  const key = shown(/API key +(\S+)/)!
  dev.kill('SIGINT')
  assert.deepEqual(await dev.exited, { code: 0, signal: null })
  assert.equal(postmasterOf(dataDir), null)

  dev = runBellwire(['dev'], env)
  await until('dev is ready again', () => dev.stdout().includes('Ctrl-C stops everything'), {
    within: 30_000,
    or: dev.stderr,
  })
  assert.equal(shown(/API key +(.+)/), `in ${dataDir}/api-key`)
  assert.equal(await statusWith(key), 200)
  const made = await get('audit-log?operation=start', key)
  const { data } = (await made.json()) as { data: { target: { kind: string } }[] }
  assert.deepEqual(
    data.map(({ target }) => target.kind),
    ['api-key'],
  )
  const { stdout } = await bellwire(['send', 'demo', 'a.b', '{}'], env)
  assert.match(await until('it arrives', () => arrival(stdout.trim())), /signature valid/)
})

test('started on another port, the demo endpoint follows its receiver', async () => {
  dev.kill('SIGTERM')
  await dev.exited
  const other = await freePorts()
  dev = runBellwire(['dev'], { ...env, BELLWIRE_PORT: String(other) })
  await until('dev is ready on the other port', () => dev.stdout().includes('Ctrl-C stops'), {
    within: 30_000,
    or: dev.stderr,
  })
  const { stdout } = await bellwire(['send', 'demo', 'a.b', '{}'], {
    ...env,
    BELLWIRE_PORT: String(other),
  })
  assert.match(await until('it arrives', () => arrival(stdout.trim())), /signature valid/)
})

/** The line in which the receiver inside `dev` tells of a message. */
const arrival = (id: string) =>
  dev
    .stdout()
    .split('\n')
    .find((line) => line.startsWith(`← ${id}`))

const get = (path: string, token: string) =>
  fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })

const statusWith = async (token: string) => (await get('app', token)).status

/** What the audit log says of the thing, newest first. */
async function notedOf(id: string): Promise<string[]> {
  const answer = await get(`audit-log?target_id=${id}`, shown(/API key +(\S+)/)!)
  const { data } = (await answer.json()) as {
    data: { actor: { kind: string }; operation: string }[]
  }
  return data.map(({ actor, operation }) => `${actor.kind} ${operation}`)
}
