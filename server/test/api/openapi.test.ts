// The document and the table of routes say the same, both ways; and the document holds together.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { toOpenApi, toText } from '../../src/api/openapi.ts'
import { toTemplate } from '../../src/api/openapi-operations.ts'
import type { Route } from '../../src/api/route.ts'
import { routes } from '../../src/api/routes.ts'
import { assertMay, CAPABILITIES, type Caller, SCOPES } from '../../src/domain/access.ts'
import type { ApplicationId, EnvironmentId } from '../../src/domain/ids.ts'
import {
  type OpenApi,
  operationsOf,
  type Response,
  resolve,
  type Schema,
} from './openapi-document.ts'

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

test('exactly the POSTs document an Idempotency-Key, and what comes of it', () => {
  for (const [name, { parameters = [], responses, security }] of Object.entries(operations)) {
    const isPost = name.startsWith('POST ')
    const headers = parameters.filter((parameter) => parameter.in === 'header')
    assert.deepEqual(
      headers.map((header) => header.name),
      isPost ? ['Idempotency-Key'] : [],
      name,
    )
    for (const [status, { headers = {} }] of Object.entries(responses)) {
      if (status < '300') assert.equal('Idempotent-Replayed' in headers, isPost, name)
    }
    if (isPost) assert.ok('409' in responses && '422' in responses && security!.length > 0, name)
  }
})

test('every answer documents its X-Request-Id, and refusals when to come back', () => {
  for (const [name, { responses }] of Object.entries(operations)) {
    for (const [status, response] of Object.entries(responses)) {
      const { headers = {} } =
        response.$ref === undefined ? response : (resolve(document, response.$ref) as Response)
      assert.ok('X-Request-Id' in headers, `${name} ${status}`)
      assert.equal('Retry-After' in headers, ['429', '503'].includes(status), `${name} ${status}`)
    }
  }
})

test('exactly the operations that want a token may answer 401, 403 and 429, and name their limits', () => {
  for (const { method, path, access } of routes) {
    const { responses, security } = operations[`${method} ${toTemplate(path)}`]!
    const wanted = access !== 'none'
    for (const status of ['401', '403', '429']) {
      assert.equal(status in responses, wanted, `${method} ${path} ${status}`)
    }
    const [[, success] = []] = Object.entries(responses).filter(([status]) => status < '300')
    assert.equal('RateLimit' in (success?.headers ?? {}), wanted, `${method} ${path}`)
    assert.equal(security!.length > 0, wanted, `${method} ${path}`)
  }
})

test('each operation names the tokens that may call it, and no other may', () => {
  for (const entry of routes.filter(({ access }) => access !== 'none')) {
    const { security = [] } = operations[`${entry.method} ${toTemplate(entry.path)}`]!
    const named = security.map((one) => Object.entries(one).flat(2).join(' '))
    for (const scope of SCOPES) {
      const isNamed = named.includes(`apiKey ${scope}`)
      assert.equal(isAllowed({ ...KEY, scope }, entry), isNamed, `${entry.operationId} ${scope}`)
    }
    for (const capability of CAPABILITIES) {
      const token = { ...TOKEN, capabilities: [capability] }
      if (!named.includes(`applicationToken ${capability}`)) continue
      assert.ok(isAllowed(token, entry), `${entry.operationId} ${capability}`)
    }
    const isForTokens = named.some((name) => name.startsWith('applicationToken'))
    const everything = { ...TOKEN, capabilities: [...CAPABILITIES] }
    assert.equal(isAllowed(everything, entry), isForTokens, entry.operationId)
  }
})

const OF = { environmentId: 'org_0' as EnvironmentId, keyId: 'key' }
const KEY = { ...OF, kind: 'key', scope: 'full' } as const
const TOKEN = {
  ...OF,
  kind: 'application',
  applicationId: 'app_0' as ApplicationId,
  featureFlags: [] as string[],
  sessionId: null,
} as const

function isAllowed(caller: Caller, entry: Route): boolean {
  try {
    assertMay(caller, entry)
    return true
  } catch {
    return false
  }
}

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
    // A map of properties may have one of this name.
    for (const name of Array.isArray(schema.required) ? schema.required : []) {
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
