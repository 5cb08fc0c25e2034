// Against the document of the open-source Svix server: what its clients send and read, we know.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { toOpenApi, toText } from '../../src/api/openapi.ts'
import { routes } from '../../src/api/routes.ts'
import { DIFFERENCES, NOT_SERVED_YET } from './core-differences.ts'
import { fieldsOf, jsonOf, type OpenApi, type Operation, operationsOf } from './openapi-document.ts'

const ours: OpenApi = JSON.parse(toText(toOpenApi(routes)))
const theirs: OpenApi = JSON.parse(
  await readFile(new URL('../data/openapi-core.json', import.meta.url), 'utf8'),
)
const served = operationsOf(ours)
const core = operationsOf(theirs)

/** Everything of an operation that a client can rely on, each as one line. */
function facts(document: OpenApi, { operationId, parameters, requestBody, responses }: Operation) {
  const answers = Object.entries(responses).filter(([status]) => status < '300')
  return [
    ...(operationId === undefined ? [] : [`id ${operationId}`]),
    ...(parameters ?? [])
      .filter((parameter) => parameter.in !== 'header')
      .map((parameter) => `${parameter.in} ${parameter.name}`),
    ...fieldsOf(document, jsonOf(requestBody)).map((field) => `body ${field}`),
    ...answers.map(([status]) => `status ${status}`),
    ...answers.flatMap(([, answer]) =>
      fieldsOf(document, jsonOf(answer)).map((field) => `answer ${field}`),
    ),
  ]
}

/** HEAD is GET without a body: the framework answers it, and OpenAPI needs no word of it. */
const compared = Object.keys(core).filter((name) => !name.startsWith('HEAD '))

test('what of the core is not served yet is exactly what the list says', () => {
  const missing = compared.filter((name) => !(name in served))
  assert.deepEqual(missing.toSorted(), NOT_SERVED_YET.toSorted())
})

test('the fields and names of the core are ours too, but for the differences on purpose', () => {
  const missing = compared.flatMap((operation) => {
    if (!(operation in served)) return []
    const known = new Set(facts(ours, served[operation]!))
    const lines = new Set(facts(theirs, core[operation]!))
    return [...lines].filter((line) => !known.has(line)).map((line) => `${operation}: ${line}`)
  })
  const listed = DIFFERENCES.map(({ operation, what }) => `${operation}: ${what}`)
  assert.deepEqual(missing.toSorted(), listed.toSorted())
})
