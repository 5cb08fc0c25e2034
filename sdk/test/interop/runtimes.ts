// The runtimes that are promised: all vectors of all providers, the tests of signing and verifying, and
// a receiver on each one's own HTTP server.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install, run } from './commands.ts'
import { assertReceives, script } from './exchange.ts'

const sdk = fileURLToPath(new URL('../..', import.meta.url))
/** Those that need nothing but the runtime. */
const TESTS = [
  'providers/vectors.test.ts',
  'verify.test.ts',
  'sign.test.ts',
  'headers.test.ts',
].map((name) => `./src/${name}`)
const DENO_MAY = ['--allow-read', '--allow-env', '--allow-net=127.0.0.1']

export async function withRuntimes(directory: string) {
  const node = script(directory, 'serve-node.mjs')
  await assertReceives({
    ...{ name: `Node ${process.versions.node}`, command: process.execPath, args: [node] },
    cwd: directory,
  })
  await withOldNode(directory)
  await withBun(directory)
  await withDeno(directory)
}

/** The oldest one that is promised, in its newest form. */
async function withOldNode(directory: string) {
  const name = `node-${process.platform}-${process.arch}`
  if (!install(directory, [`${name}@20`])) return
  const node = join(directory, 'node_modules', name, 'bin', 'node')
  const args = [script(directory, 'serve-node.mjs')]
  const version = run(node, ['--version']).trim().slice(1)
  await assertReceives({ name: `Node ${version}`, command: node, args, cwd: directory })
}

async function withBun(directory: string) {
  if (!install(directory, ['bun'])) return
  const bun = binary(directory, '@oven', [`bun-${platform()}/bin/bun`])
  if (bun === null) return
  run(bun, ['test', ...TESTS], { cwd: sdk })
  const args = [script(directory, 'serve-bun.mjs')]
  const name = `Bun ${run(bun, ['--version']).trim()}`
  await assertReceives({ name, command: bun, args, cwd: directory })
}

async function withDeno(directory: string) {
  if (!install(directory, ['deno'])) return
  const deno = binary(directory, '@deno', [`${platform()}-glibc/deno`, `${platform()}/deno`])
  if (deno === null) return
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(directory, 'deno') }
  const plain = ['--no-check', '--no-config', '--no-lock', ...DENO_MAY]
  run(deno, ['test', ...plain, ...TESTS], { cwd: sdk, env })
  const args = [
    'run',
    '--node-modules-dir=manual',
    ...DENO_MAY,
    script(directory, 'serve-deno.mjs'),
  ]
  const name = run(deno, ['--version'], { env }).split('\n')[0]!.replace('deno', 'Deno')
  await assertReceives({
    name,
    command: deno,
    args,
    cwd: directory,
    env: { DENO_DIR: env.DENO_DIR },
  })
}

const platform = () => `${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`

/** As it lies in the package of this platform: what would link it is an install script. */
function binary(directory: string, scope: string, paths: string[]): string | null {
  const found = paths.map((path) => join(directory, 'node_modules', scope, path)).find(existsSync)
  if (found === undefined) console.log(`${scope} has nothing for this machine: left out`)
  return found ?? null
}
