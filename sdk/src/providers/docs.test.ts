// What can drift is compared, both ways.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { presets } from './all.ts'

const page = await readFile(new URL('../../../docs/providers.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \| (.+?) \| .* \| (\d+) s \|$/gm)]

test('docs/providers.md lists exactly the presets, with their limits', () => {
  const known = Object.values(presets).map(({ name, title, replyWithin }) => [
    name,
    title,
    replyWithin,
  ])
  assert.deepEqual(
    rows.map(([, name, title, seconds]) => [name, title, Number(seconds)]),
    known,
  )
})

test('every file of this folder is in the list, under its own name', async () => {
  const files = await readdir(new URL('.', import.meta.url))
  const names = files.filter((file) => !/\.test\.ts$|^all\.ts$/.test(file))
  assert.deepEqual(
    names.sort(),
    Object.keys(presets)
      .map((name) => `${name}.ts`)
      .sort(),
  )
})

test('wherever the number of providers is told, it is this one', async () => {
  const told = await Promise.all(
    ['docs/receiving.md', 'README.md', 'CHANGELOG.md', 'sdk/README.md'].map(async (path) => {
      const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
      return Number(/(\d+)\s+providers/.exec(text)?.[1])
    }),
  )
  assert.deepEqual(new Set(told), new Set([Object.keys(presets).length]))
})
