// A server that uses the SDK, started as its users would, and asked what providers would ask it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './commands.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const SECRET = 'a-secret-of-some-length'
/** Not what a parser would give back. */
const BODY = Buffer.from('{"n": 1.0, "t":"\u00e4\ud83d\ude00" , "data":{"id":"e1"}}\r\n')
const WAIT_MS = 90_000

export type Served = {
  name: string
  command: string
  args: string[]
  cwd: string
  /** Of the hooks, without the source. */
  path?: string
  env?: Record<string, string>
}

export const script = (directory: string, file: string) => {
  for (const each of ['receiving.mjs', file]) cpSync(join(here, each), join(directory, each))
  return join(directory, file)
}

export async function assertReceives({ name, command, args, cwd, path = '/hooks', env }: Served) {
  const port = await freePort()
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')
  const child = spawn(command, args, {
    cwd,
    // A group of its own: frameworks start processes that would outlive the one that is ended.
    detached: true,
    env: { ...process.env, ...env, PORT: String(port), PUBLIC_KEY: raw },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    const url = `http://127.0.0.1:${port}${path}`
    await untilItAnswers(`${url}/code`, () => {
      assert.equal(child.exitCode, null, `${name} has ended: ${output}`)
      return output
    })
    assert.equal(await post(`${url}/code`, github('one')), 200, output)
    assert.equal(await post(`${url}/code`, github('one')), 200, 'a repetition')
    assert.equal(await post(`${url}/code`, github('two', 'another secret')), 401)
    assert.equal(await post(`${url}/calls`, telnyx(privateKey)), 200, output)
    assert.equal(await post(`${url}/calls`, telnyx(generateKeyPairSync('ed25519').privateKey)), 401)
    const handled = () => output.split('\n').filter((line) => line.startsWith('handled '))
    for (let n = 0; n < 50 && handled().length < 2; n++) await sleep(100)
    const hex = BODY.toString('hex')
    assert.deepEqual(
      handled().map((line) => line.split(' ').at(-1)),
      [hex, hex],
      output,
    )
    console.log(`${name}: two events handled byte for byte, a repetition, two forgeries refused`)
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await ended
  }
}

async function untilItAnswers(url: string, output: () => string) {
  const until = performance.now() + WAIT_MS
  for (;;) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => null,
    )
    if (status !== null && status < 500) return
    assert.ok(performance.now() < until, `no answer: ${output()}`)
    await sleep(200)
  }
}

async function post(url: string, headers: Record<string, string>): Promise<number> {
  const type = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers: { ...type, ...headers }, body: BODY })
  await answer.arrayBuffer()
  return answer.status
}

const github = (id: string, secret = SECRET) => ({
  'x-github-event': 'push',
  'x-github-delivery': id,
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(BODY).digest('hex')}`,
})

function telnyx(key: KeyObject) {
  const time = String(Math.floor(Date.now() / 1000))
  const signed = Buffer.concat([Buffer.from(`${time}|`), BODY])
  const signature = sign(null, signed, key).toString('base64')
  return { 'telnyx-timestamp': time, 'telnyx-signature-ed25519': signature }
}
