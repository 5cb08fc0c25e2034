// The official Standard Webhooks and Svix libraries of Python and Go verify what we sign, and we verify
// what they sign. A language that is not on this machine is named and left out; both missing is a failure.
// Those of JavaScript are in sdk/src/interop.test.ts, with every `npm test`.
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { standardWebhooks } from '../../src/providers/standard-webhooks.ts'
import { verify } from '../../src/receiver/verify.ts'
import { sign } from '../../src/sign.ts'
import { isHere, run } from './commands.ts'

type Case = { secret: string; payload: string; headers: Record<string, string> }

const SECRETS = ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX']
const PAYLOADS = ['{}', '{"a":1.10,"b":"ä😀\\u0000"}', ' {\n"spaced" : [1, 2]}\n', '"just text"']
const STANDARD = 'github.com/standard-webhooks/standard-webhooks/libraries/go'
const SVIX = 'github.com/svix/svix-webhooks/go'

const here = fileURLToPath(new URL('.', import.meta.url))

export async function withLanguages(directory: string) {
  const messages = await ours()
  const answers = [withPython(directory, messages), withGo(directory, messages)]
  const given = answers.filter((answer) => answer !== null)
  assert.ok(given.length > 0, 'Neither python3 nor go is on this machine.')
  for (const { language, cases } of given) {
    assert.equal(cases.length, 2 * SECRETS.length * PAYLOADS.length)
    for (const { secret, payload, headers } of cases) {
      const input = { method: 'POST', url: '/', headers, body: payload }
      const options = { provider: standardWebhooks, secrets: [secret] }
      assert.equal((await verify(input, options)).id, headers['webhook-id'])
      await assert.rejects(verify({ ...input, body: `${payload} ` }, options))
    }
    console.log(
      `${language}: ${cases.length / 2} messages of ours verified, ${cases.length} of theirs`,
    )
  }
}

async function ours(): Promise<Case[]> {
  const pairs = SECRETS.flatMap((secret) => PAYLOADS.map((payload) => ({ secret, payload })))
  return await Promise.all(
    pairs.map(async ({ secret, payload }, i) => {
      const secrets = i % 2 ? [secret] : [SECRETS[0]!, SECRETS[1]!]
      const timestamp = new Date()
      return {
        secret,
        payload,
        headers: await sign({ id: `msg_${i}`, timestamp, payload, secrets }),
      }
    }),
  )
}

function withPython(directory: string, messages: Case[]) {
  if (!isHere('python3', ['-m', 'pip', '--version'])) return null
  const libraries = join(directory, 'python')
  const packages = ['standardwebhooks', 'svix']
  run('python3', ['-m', 'pip', 'install', '--quiet', '--target', libraries, ...packages])
  const env = { ...process.env, PYTHONPATH: libraries }
  const answer = run('python3', [join(here, 'peer.py')], { input: JSON.stringify(messages), env })
  return { language: 'Python', cases: JSON.parse(answer) as Case[] }
}

function withGo(directory: string, messages: Case[]) {
  if (!isHere('go', ['version'])) return null
  const cwd = join(directory, 'go')
  cpSync(join(here, 'peer.go'), join(cwd, 'peer.go'))
  const env = { ...process.env, GOPATH: join(directory, 'gopath'), GOFLAGS: '-mod=mod' }
  run('go', ['mod', 'init', 'interop'], { cwd, env })
  run('go', ['get', `${STANDARD}@latest`, `${SVIX}@latest`], { cwd, env })
  const answer = run('go', ['run', '.'], { cwd, env, input: JSON.stringify(messages) })
  return { language: 'Go', cases: JSON.parse(answer) as Case[] }
}
