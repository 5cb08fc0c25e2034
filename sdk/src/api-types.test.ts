// The types are those of openapi.json, and whoever only verifies webhooks does not load them.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Document, emitTypes, toType } from '../emit-types.ts'

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
const document = JSON.parse(await read('../../openapi.json')) as Document
const types = await read('api-types.ts')

test('api-types.ts is made from openapi.json: npm run openapi writes both', () => {
  assert.equal(types, emitTypes(document))
})

test('every operation and every shape of the document has its type', () => {
  const paths = types.slice(types.indexOf('export type Operations')).matchAll(/^ {4}'(.+)': \{$/gm)
  const expected = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(() => path),
  )
  assert.deepEqual(Array.from(paths, (match) => match[1]).toSorted(), expected.toSorted())
  for (const name of Object.keys(document.components.schemas)) {
    assert.ok(types.includes(`export type ${name} = `), name)
  }
})

for (const [schema, type] of [
  [{ type: 'integer' }, 'number'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
  [{ enum: ['a', 'b'] }, '"a" | "b"'],
  [{ const: 'ok' }, '"ok"'],
  [{}, 'unknown'],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'Record<string, string>'],
  [{ anyOf: [{ $ref: '#/components/schemas/A' }, { type: 'null' }] }, 'A | null'],
  [
    { type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['a'] },
    '{ a: string; b?: unknown | undefined }',
  ],
  [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] }, '[string, number]'],
] as const) {
  test(`${JSON.stringify(schema)} is ${type}`, () => {
    assert.equal(toType(schema as unknown as Parameters<typeof toType>[0]), type)
  })
}

/** The module and everything it loads, as JavaScript. */
async function closure(name: string, loaded = new Map<string, string>()) {
  if (loaded.has(name)) return loaded
  const source = stripTypeScriptTypes(await read(name))
  loaded.set(name, source.replace(/^\s*(\/\/|\/?\*).*$/gm, '').replace(/\s+/g, ' '))
  for (const [, next] of source.matchAll(/from '\.\/([\w-]+\.ts)'/g)) await closure(next!, loaded)
  return loaded
}
const sizeOf = (loaded: Map<string, string>) => gzipSync([...loaded.values()].join('\n')).length

test('verifying loads nothing of the client, and less than 6 KB', async () => {
  const loaded = await closure('index.ts')
  assert.ok(loaded.has('verify.ts'))
  assert.deepEqual(
    [...loaded.keys()].filter((name) => /client|api-|attempts/.test(name)),
    [],
  )
  assert.ok(sizeOf(loaded) < 6 * 1024, `${sizeOf(loaded)} bytes`)
})

test('the client is less than 4 KB, and loads nothing of the rest', async () => {
  const loaded = await closure('client.ts')
  assert.deepEqual([...loaded.keys()].toSorted(), ['api-error.ts', 'attempts.ts', 'client.ts'])
  assert.ok(sizeOf(loaded) < 4 * 1024, `${sizeOf(loaded)} bytes`)
})
