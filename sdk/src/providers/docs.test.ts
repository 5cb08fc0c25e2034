// What can drift is compared, both ways.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { WebhookErrorCode } from '../verification/webhook-error.ts'
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

test('wherever it is told how many providers there are, there are more', async () => {
  const told = await Promise.all(
    ['docs/receiving.md', 'README.md', 'CHANGELOG.md', 'sdk/README.md'].map(async (path) => {
      const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
      return Number(/over (\d+)\s+providers/.exec(text)?.[1])
    }),
  )
  for (const number of told) assert.ok(Object.keys(presets).length > number, String(number))
})

// A code that is missing here does not compile.
const CODES: Record<WebhookErrorCode, true> = {
  secret_missing: true,
  signature_missing: true,
  signature_malformed: true,
  signature_ambiguous: true,
  signature_mismatch: true,
  timestamp_missing: true,
  timestamp_malformed: true,
  timestamp_too_old: true,
  timestamp_too_new: true,
  key_untrusted: true,
  url_unknown: true,
  body_not_raw: true,
  body_too_large: true,
  payload_unreadable: true,
  event_unknown: true,
  event_invalid: true,
  in_progress: true,
  handler_failed: true,
  handler_timeout: true,
  store_unavailable: true,
  undecided: true,
}

test('docs/receiving.md lists exactly the codes', async () => {
  const text = await readFile(new URL('../../../docs/receiving.md', import.meta.url), 'utf8')
  const table = text.slice(text.indexOf('| code |'))
  const cells = [...table.matchAll(/^\| (`.+?`) \|/gm)].flatMap((match) => match[1]!.split(', '))
  const told = cells.map((cell) => cell.replaceAll('`', ''))
  assert.deepEqual(told, Object.keys(CODES))
})
