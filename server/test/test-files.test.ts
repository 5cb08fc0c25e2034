// node:test ends a file's `after` hooks as soon as the tests that it knows of have ended. A top-level
// await behind a test is then a race: what comes after it finds its database closed, or is never seen.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const FILES = '{server,sdk,bench,chaos,web}/{src,test,.}/**/*.test.ts'

/** The lines that begin a statement of the module: Biome indents all others. */
const STATEMENT = /^[^\s})\]/]/
const DEFINES = /^(export )?(async )?function|=>/

/** Where a module awaits something after it has registered a test: `line: text`. */
function lateAwaits(source: string): string[] {
  const late: string[] = []
  let statement = ''
  let registered = false
  for (const [at, line] of source.split('\n').entries()) {
    if (STATEMENT.test(line)) statement = line
    const awaits = statement === line && /\bawait\b/.test(line) && !DEFINES.test(line)
    if (registered && awaits) late.push(`${at + 1}: ${line}`)
    const registers = /^\s*(test|testCases)\(/.test(line) && !DEFINES.test(statement.split('(')[0]!)
    if (registers) registered = true
  }
  return late
}

test('no test file awaits anything at its top level after its first test', () => {
  const files = globSync(FILES, { cwd: ROOT, exclude: (path) => path.includes('node_modules') })
  assert.ok(files.length > 200, `${files.length} files`)
  const late = files.flatMap((file) =>
    lateAwaits(readFileSync(join(ROOT, file), 'utf8')).map((where) => `${file}:${where}`),
  )
  assert.deepEqual(late, [])
})

test('such an await is found, and others are let be', () => {
  const first = "const a = await start()\ntest('a', async () => {\n  await a()\n})\n"
  const helper = 'async function help() {\n  await x()\n}\nconst f = async () => await x()\n'
  assert.deepEqual(lateAwaits(first + helper), [])
  assert.deepEqual(lateAwaits(`${first}const { b } = await start()\n`), [
    '5: const { b } = await start()',
  ])
  assert.deepEqual(lateAwaits("for (const a of b) {\n  test('x', f)\n}\nawait c()\n"), [
    '4: await c()',
  ])
  const cases = 'testCases(await start(), [\n])\n'
  assert.deepEqual(lateAwaits(cases + cases), ['3: testCases(await start(), ['])
})
