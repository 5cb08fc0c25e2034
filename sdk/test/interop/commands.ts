import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'

export function isHere(command: string, args: string[]): boolean {
  if (spawnSync(command, args).status === 0) return true
  console.log(`${command} is not on this machine: left out`)
  return false
}

export function run(
  command: string,
  args: string[],
  options: Parameters<typeof spawnSync>[2] = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

/** Packages of npm beside the SDK, none of whose install scripts is run; false when they cannot be had. */
export function install(directory: string, packages: string[]): boolean {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', ...packages]
  const { status, stderr } = spawnSync('npm', args, { cwd: directory, encoding: 'utf8' })
  if (status === 0) return true
  console.log(`${packages.join(', ')} cannot be installed: left out (${stderr.split('\n')[0]})`)
  return false
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  await new Promise((resolve) => server.close(resolve))
  return address.port
}
