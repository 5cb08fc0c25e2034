// The SDK as npm would bring it: built, with nothing else in it.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './commands.ts'

const sdk = fileURLToPath(new URL('../..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A package named by a path, so that installing others leaves it alone. */
export function packSdk(directory: string) {
  const packed = join(directory, 'sdk')
  mkdirSync(packed, { recursive: true })
  cpSync(join(sdk, 'package.json'), join(packed, 'package.json'))
  const build = join(sdk, 'tsconfig.build.json')
  run('npx', ['tsc', '-p', build, '--outDir', join(packed, 'dist')], { cwd: root })
  const dependencies = { '@bellwire/sdk': 'file:./sdk' }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies }))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory })
}
