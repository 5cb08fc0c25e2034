// The import table of biome.json is only worth something if it refuses: each rule is broken here on
// purpose, in a tree of its own.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const FORBIDDEN = [
  ['server/src/domain', '../store/connect.ts'],
  ['server/src/domain', 'pg'],
  ['server/src/domain', 'node:fs'],
  ['server/src/store', '../api/routes.ts'],
  ['server/src/store/statements', '../../delivery/engine.ts'],
  ['server/src/store', '../app.ts'],
  ['server/src/store', 'undici'],
  ['server/src/api', '../delivery/engine.ts'],
  ['server/src/api', 'pg'],
  ['server/src/api', 'undici'],
  ['server/src/api', '../config.ts'],
  ['server/src/inbound', '../api/routes.ts'],
  ['server/src/inbound', '../delivery/engine.ts'],
  ['server/src/inbound', '../config.ts'],
  ['server/src/inbound', 'kysely'],
  ['server/src/inbound', 'undici'],
  ['server/src/delivery', '../api/routes.ts'],
  ['server/src/delivery', 'kysely'],
  ['server/src/delivery', 'undici'],
  ['server/src/delivery', 'node:net'],
  ['server/src/delivery/egress', '../../store/connect.ts'],
  ['server/src/schemas', '../store/connect.ts'],
  ['server/src/schemas', 'undici'],
  ['server/src/transform', '../store/connect.ts'],
  ['server/src/transform', 'undici'],
  ['server/src/domain/templates', '../../store/connect.ts'],
  ['server/src/cli', 'undici'],
  ['server/src/cli', '../api/routes.ts'],
  ['sdk/src', 'node:crypto'],
  ['sdk/src', '../../server/src/domain/ids.ts'],
  ['examples/shop', '../../server/src/domain/ids.ts'],
  ['examples/shop', '../../sdk/src/sign.ts'],
  ['examples/shop', '../sales-crm/webhooks.ts'],
  ['examples', '../server/src/app.ts'],
  ['examples/shop', 'undici'],
] as const

const ALLOWED = [
  ['server/src/store', '../domain/ids.ts'],
  ['server/src/api', '../store/messages.ts'],
  ['server/src/inbound', '../store/sources.ts'],
  ['server/src/api', '../schemas/checker.ts'],
  ['server/src/schemas', '../domain/errors.ts'],
  ['server/src/transform', '../domain/errors.ts'],
  ['server/src/domain/templates', '../shape.ts'],
  ['server/src/delivery', '../store/leases.ts'],
  ['server/src/delivery/egress', 'undici'],
  ['server/src/delivery/egress', 'node:net'],
  ['examples/shop', '@bellwire/sdk/receiver'],
  ['examples/shop', 'node:fs/promises'],
  ['examples/shop', '../shared/story.ts'],
  ['examples/shop', './shop.ts'],
] as const

const root = fileURLToPath(new URL('../..', import.meta.url))
const tree = mkdtempSync(join(tmpdir(), 'bellwire-rules-'))
after(() => rmSync(tree, { recursive: true }))

const fileOf = (folder: string, specifier: string) =>
  `${folder}/imports-${specifier.replace(/\W+/g, '-')}.ts`

/** What biome says, one diagnostic a line, of every file of the two lists. */
function lintAll(): string[] {
  cpSync(join(root, 'biome.json'), join(tree, 'biome.json'))
  for (const [folder, specifier] of [...FORBIDDEN, ...ALLOWED]) {
    const path = join(tree, fileOf(folder, specifier))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `import { thing } from '${specifier}'\n\nexport const other = thing\n`)
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const options = ['lint', '--reporter=github', '--max-diagnostics=none', '.']
  const { stdout } = spawnSync(process.execPath, [biome, ...options], {
    cwd: tree,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter((line) => line.includes('noRestrictedImports'))
}

const diagnostics = lintAll()
const isRefused = (folder: string, specifier: string) =>
  diagnostics.some((line) => line.includes(fileOf(folder, specifier)))

for (const [folder, specifier] of FORBIDDEN)
  test(`${folder} may not import ${specifier}`, () => {
    assert.ok(isRefused(folder, specifier), diagnostics.join('\n'))
  })

for (const [folder, specifier] of ALLOWED)
  test(`${folder} may import ${specifier}`, () => {
    assert.ok(!isRefused(folder, specifier), diagnostics.join('\n'))
  })
