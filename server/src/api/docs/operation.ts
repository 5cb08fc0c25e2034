// One operation of the document as a section of a page.
import type { Document } from '../openapi.ts'
import type { Json } from '../openapi-schemas.ts'
import { bodyExample, pathExample } from './example.ts'
import { type Html, html, prose } from './html.ts'
import { type Schema, toFields, toLimits, typeOf } from './schema.ts'

type Parameter = {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: Schema
}
type Content = { content?: { 'application/json': { schema: Schema } } }
type Answer = Content & { $ref?: string; description?: string; headers?: Json }

export type Operation = {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: Content & { required: boolean }
  responses: Record<string, Answer>
}
export type Listed = { method: string; path: string; operation: Operation }

export const listOperations = ({ paths }: Document): Listed[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation: operation as Operation,
    })),
  )

export function toSection(document: Document, listed: Listed, origin: string): Html {
  const { method, path, operation } = listed
  const { operationId, summary, parameters = [], requestBody } = operation
  const body = schemaOf(requestBody)
  return html`<section class="operation" id="${operationId}">
<h2><a href="#${operationId}">${summary}</a></h2>
<p class="line"><span class="method ${method.toLowerCase()}">${method}</span> <code class="path">${breakable(path)}</code></p>
<p class="who">${whoMayCall(operation)} <span class="id">Operation <code>${operationId}</code></span></p>
<pre class="curl"><code>${curlOf(document, listed, origin)}</code></pre>
${parametersOf('Path', 'path', parameters)}
${parametersOf('Query', 'query', parameters)}
${parametersOf('Headers', 'header', parameters)}
${
  body !== undefined &&
  html`<h3>Body <span class="type">${typeOf(body)}${requestBody?.required === false && ', may be empty'}</span></h3>${toFields(document, refless(document, body))}`
}
<h3>Answers</h3>
${successesOf(document, operation)}
${errorsOf(document, operation)}
</section>`
}

export const schemaOf = (content: Content | undefined) =>
  content?.content?.['application/json'].schema

/** `alternatives` of a shape stand on the shape itself. */
const refless = ({ components }: Document, schema: Schema): Schema =>
  schema.$ref === undefined
    ? schema
    : (components.schemas[schema.$ref.replace('#/components/schemas/', '')] as Schema)

/** May wrap after each slash. */
export const breakable = (path: string) =>
  path.split(/(?<=.)(?=\/)/).map((part, index) => html`${index > 0 && html`<wbr>`}${part}`)

function whoMayCall({ security }: Operation): Html {
  const scopes = security.flatMap((one) => one['apiKey'] ?? [])
  const capabilities = security.flatMap((one) => one['applicationToken'] ?? [])
  if (security.length === 0) return html`No token is needed.`
  return html`API key: ${commas(scopes)}${
    capabilities.length > 0 && html` · application token with ${commas(capabilities)}`
  }.`
}

const commas = (names: string[]) =>
  names.map((name, index) => html`${index > 0 && ', '}<code>${name}</code>`)

export function curlOf(document: Document, { method, path, operation }: Listed, origin: string) {
  const body = schemaOf(operation.requestBody)
  const lines = [
    method !== 'GET' && !(method === 'POST' && body !== undefined) && ` \\\n  -X ${method}`,
    operation.security.length > 0 && ' \\\n  -H "Authorization: Bearer $TOKEN"',
    body !== undefined && ` \\\n  -d '${JSON.stringify(bodyExample(document, body))}'`,
  ]
  return html`curl <span class="origin">${origin}</span>${pathExample(path)}${lines}`
}

function parametersOf(title: string, where: string, parameters: Parameter[]): Html | null {
  const here = parameters.filter((parameter) => parameter.in === where)
  if (here.length === 0) return null
  return html`<h3>${title}</h3><ul class="fields">${here.map(
    ({ name, schema, description }) => html`<li><code class="name">${name}</code>
<span class="type">${typeOf(schema)}</span>
${toLimits(schema)}
${description !== undefined && html`<p>${prose(description)}</p>`}</li>`,
  )}</ul>`
}

function successesOf(document: Document, { responses }: Operation): Html[] {
  return Object.entries(responses)
    .filter(([status]) => status < '300')
    .map(([status, answer]) => {
      const schema = schemaOf(answer)
      const fields = schema && toFields(document, refless(document, schema), { optional: true })
      const headers = Object.keys(answer.headers ?? {}).join(', ')
      const line = html`<span class="status good">${status}</span> ${answer.description}${
        schema !== undefined && html` <span class="type">${typeOf(schema)}</span>`
      }`
      return html`<details class="answer"><summary>${line}</summary>
<p class="headers">Headers: ${headers}</p>${fields ?? html`<p>The body is empty.</p>`}</details>`
    })
}

function errorsOf({ components }: Document, { responses }: Operation): Html {
  const errors = Object.entries(responses).filter(([status]) => status >= '400')
  return html`<details class="answer"><summary>Errors ${errors.map(
    ([status]) => html`<span class="status">${status}</span> `,
  )}</summary><ul class="errors">${errors.map(([status, { $ref }]) => {
    const name = $ref!.replace('#/components/responses/', '')
    const { description } = components.responses[name] as { description: string }
    return html`<li><span class="status">${status}</span> ${prose(description)}</li>`
  })}</ul><p>The codes are explained in <a href="/docs/guides/errors">Errors</a>.</p></details>`
}
