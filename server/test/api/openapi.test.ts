// The document and the table of routes say the same, both ways; and the document holds together.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { toOpenApi, toText } from '../../src/api/openapi.ts'
import { toTemplate } from '../../src/api/openapi-operations.ts'
import { routes } from '../../src/api/routes.ts'
import { type OpenApi, operationsOf, resolve, type Schema } from './openapi-document.ts'

const text = toText(toOpenApi(routes))
const document: OpenApi = JSON.parse(text)
const operations = operationsOf(document)

test('openapi.json at the root of the repository is that of this code: npm run openapi writes it', async () => {
  const committed = await readFile(new URL('../../../openapi.json', import.meta.url), 'utf8')
  assert.equal(committed, text)
})

test('the document has exactly the operations of the table', () => {
  const expected = routes.map(({ method, path }) => `${method} ${toTemplate(path)}`)
  assert.deepEqual(Object.keys(operations).toSorted(), expected.toSorted())
  for (const { method, path, operationId, summary } of routes) {
    const operation = operations[`${method} ${toTemplate(path)}`]
    assert.deepEqual([operation?.operationId, operation?.summary], [operationId, summary])
  }
})

test('each operation documents exactly the successes that its route declares', () => {
  for (const { method, path, status, alsoStatus } of routes) {
    const { responses } = operations[`${method} ${toTemplate(path)}`]!
    const successes = Object.keys(responses).filter((code) => code < '300')
    const declared = [status, alsoStatus].filter((code) => code !== undefined).map(String)
    assert.deepEqual(successes.toSorted(), declared.toSorted(), `${method} ${path}`)
  }
})

test('operation ids are unique, and every operation has a summary and a tag', () => {
  const ids = Object.values(operations).map(({ operationId }) => operationId)
  assert.equal(new Set(ids).size, ids.length)
  for (const [name, { summary, tags }] of Object.entries(operations)) {
    assert.ok(summary && tags?.length === 1, name)
  }
})

test('every name in a path is declared once, required, and nothing else is in the path', () => {
  for (const [name, { parameters = [] }] of Object.entries(operations)) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
    const declared = parameters.filter((parameter) => parameter.in === 'path')
    assert.deepEqual(
      declared.map((parameter) => parameter.name).toSorted(),
      inPath.toSorted(),
      name,
    )
    assert.ok(
      declared.every(({ required }) => required),
      name,
    )
  }
})

test('parameters and responses are complete', () => {
  for (const [name, { parameters = [], responses }] of Object.entries(operations)) {
    const names = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
    assert.equal(new Set(names).size, names.length, name)
    for (const { name: parameter, schema } of parameters) {
      assert.ok(schema.type, `${name}: ${parameter} has no type`)
      assert.ok(!('wire' in schema), `${name}: ${parameter}`)
    }
    for (const [status, response] of Object.entries(responses)) {
      assert.match(status, /^[2345]\d\d$/, name)
      assert.ok(response.$ref ?? response.description, `${name} ${status}`)
    }
  }
})

test('every pointer leads somewhere, and every component is pointed at', () => {
  const pointers = new Set([...text.matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1]!))
  for (const pointer of pointers) resolve(document, pointer)
  for (const name of Object.keys(document.components.schemas)) {
    const isUsed = pointers.has(`#/components/schemas/${name}`)
    assert.ok(isUsed, `nothing points at the schema ${name}`)
  }
})

/** Whatever JSON it is, nobody can say more about it. */
const ANYTHING = /additionalProperties$|\.properties$/

test('no schema is empty but where anything goes, and none has words of our own', () => {
  const empty: string[] = []
  visit(document.components.schemas as Schema, 'schemas', (schema, at) => {
    if (Object.keys(schema).length === 0 && !ANYTHING.test(at)) empty.push(at)
    assert.ok(!('wire' in schema), at)
    assert.ok(!('$defs' in schema) && !('id' in schema && typeof schema.id === 'string'), at)
    for (const name of schema.required ?? []) {
      assert.ok(!schema.properties || name in schema.properties, `${at}: ${name} is required`)
    }
  })
  assert.deepEqual(empty, [])
})

function visit(value: unknown, at: string, look: (schema: Schema, at: string) => void) {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) look(value, at)
  for (const [name, member] of Object.entries(value)) visit(member, `${at}.${name}`, look)
}
