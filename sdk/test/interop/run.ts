// `npm run interop`: the SDK with what other people made, as it is published: languages, runtimes,
// frameworks, Redis. All of that is fetched into a directory that is removed again; what is not to be
// had on this machine is named and left out.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withFrameworks } from './frameworks.ts'
import { withLanguages } from './languages.ts'
import { packSdk } from './packed.ts'
import { withRedis } from './redis.ts'
import { withRuntimes } from './runtimes.ts'

const PARTS = {
  languages: withLanguages,
  runtimes: withRuntimes,
  frameworks: withFrameworks,
  redis: withRedis,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name))
if (unknown.length > 0) {
  throw new Error(`expected ${Object.keys(PARTS).join(', ')}, got ${unknown.join(', ')}`)
}
const directory = mkdtempSync(join(tmpdir(), 'bellwire-interop-'))
try {
  packSdk(directory)
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length === 0 || wanted.includes(name)) await part(directory)
  }
} finally {
  // Go makes its modules read-only.
  spawnSync('chmod', ['-R', 'u+w', directory])
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
}
