// What a receiver of one provider has to load, as a bundler leaves it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const KILOBYTE = 1024

// Its binary is an optional package of the platform, and npm may not have brought it.
const bundler = await import('rolldown').catch(() => null)
const skip = bundler === null && 'rolldown has no binary here: npm install -w sdk rolldown'

async function gzippedBytes(entry: string): Promise<number> {
  const input = fileURLToPath(new URL(entry, import.meta.url))
  await using bundle = await bundler!.rolldown({ input, platform: 'neutral' })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  assert.equal(output.length, 1)
  assert.deepEqual(output[0].imports, [])
  return gzipSync(output[0].code).length
}

test('verify alone stays under 6 KB', { skip }, async () => {
  const bytes = await gzippedBytes('verify.ts')
  assert.ok(bytes > KILOBYTE, 'it is really in there')
  assert.ok(bytes < 6 * KILOBYTE, `${bytes} bytes`)
})

test('a provider brings its own, and not that of all', { skip }, async () => {
  assert.ok((await gzippedBytes('../providers/github.ts')) < KILOBYTE)
  assert.ok((await gzippedBytes('../providers/all.ts')) > 10 * KILOBYTE)
})
