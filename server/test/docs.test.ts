// What can drift is compared, both ways: what the code has and the docs lack, and the reverse.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { SETTINGS } from '../src/config.ts'
import { ERROR_CODES } from '../src/domain/errors.ts'
import { FAILURE_CODES } from '../src/domain/outcome.ts'

/** The first cells of a page's table rows, without their back-ticks. */
async function firstCells(page: string, pattern: RegExp): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  return [...text.matchAll(/^\| `([^`]+)`/gm)]
    .map((match) => match[1]!)
    .filter((cell) => pattern.test(cell))
}

test('docs/configuration.md lists exactly the settings', async () => {
  const documented = await firstCells('configuration.md', /^[A-Z0-9_]+$/)
  assert.deepEqual(
    documented,
    Object.values(SETTINGS).map((setting) => setting.variable),
  )
})

test('docs/configuration.md gives each setting its sentence and its default', async () => {
  const text = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  for (const setting of Object.values(SETTINGS)) {
    assert.ok(text.includes(`| ${setting.about} | ${setting.default} |`), setting.variable)
  }
})

test('docs/errors.md lists exactly the error codes', async () => {
  const documented = await firstCells('errors.md', /^[a-z_ ]+$/)
  assert.deepEqual(documented.toSorted(), ERROR_CODES.toSorted())
})

test('docs/deliveries.md lists exactly the failure codes', async () => {
  const documented = await firstCells('deliveries.md', /^[a-z]+_[a-z_]+$|^timeout$|^redirect$/)
  assert.deepEqual(documented.toSorted(), FAILURE_CODES.toSorted())
})
