// Writes src/api-types.ts: the shapes and operations of openapi.json as types. `npm run openapi` runs it;
// src/api-types.test.ts compares what is committed.
import { readFile, writeFile } from 'node:fs/promises'

type Schema = {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  prefixItems?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  description?: string
  deprecated?: boolean
}
type Content = { content?: { 'application/json': { schema: Schema } } }
type Parameter = { name: string; in: string; required?: boolean; schema: Schema }
type Operation = {
  operationId: string
  summary: string
  parameters?: Parameter[]
  requestBody?: Content & { required: boolean }
  responses: Record<string, Content>
}
export type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const HEAD = '// Made from openapi.json by sdk/emit-types.ts (npm run openapi). Do not edit.\n'

export function emitTypes({ paths, components }: Document): string {
  const shapes = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${toType(schema)}\n`,
  )
  return [HEAD, ...shapes, emitOperations(paths)].join('\n')
}

function emitOperations(paths: Document['paths']): string {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  )
  const methods = Object.entries(Object.groupBy(all, ({ method }) => method.toUpperCase()))
  const groups = methods.map(([method, entries = []]) => {
    const lines = entries.map(({ path, operation }) => emitOperation(path, operation))
    return `  ${method}: {\n${lines.join('')}  }\n`
  })
  return `/** Method → path → what a request takes and what its answer holds. */\nexport type Operations = {\n${groups.join('')}}\n`
}

function emitOperation(path: string, operation: Operation): string {
  const { operationId, summary, parameters = [], requestBody, responses } = operation
  const options = [
    emitParameters('params', 'path', parameters),
    emitParameters('query', 'query', parameters),
    emitBody(requestBody),
  ].filter((option) => option !== '')
  const [, answer] = Object.entries(responses).find(([status]) => status < '300') ?? []
  const schema = answer?.content?.['application/json'].schema
  return [
    `    /** ${summary} (\`${operationId}\`) */\n`,
    `    '${path}': {\n`,
    `      options: ${options.length === 0 ? 'object' : `{ ${options.join('; ')} }`}\n`,
    `      answer: ${schema === undefined ? 'undefined' : toType(schema)}\n`,
    '    }\n',
  ].join('')
}

function emitParameters(name: string, where: string, parameters: Parameter[]): string {
  const here = parameters.filter((parameter) => parameter.in === where)
  if (here.length === 0) return ''
  const isRequired = here.some(({ required }) => required)
  const members = here.map(({ name, required, schema }) =>
    member(name, toType(schema), required === true),
  )
  return member(name, `{ ${members.join('; ')} }`, isRequired)
}

function emitBody(body: Operation['requestBody']): string {
  if (body === undefined) return ''
  return member('body', toType(body.content!['application/json'].schema), body.required)
}

const member = (name: string, type: string, isRequired: boolean) =>
  `${/^[\w$]+$/.test(name) ? name : JSON.stringify(name)}${isRequired ? '' : '?'}: ${type}${isRequired ? '' : ' | undefined'}`

export function toType(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)))
  // Beside a type `anyOf` only says which members are needed.
  if (schema.anyOf !== undefined && schema.type === undefined)
    return union(schema.anyOf.map(toType))
  return union([schema.type ?? 'unknown'].flat().map((type) => toPlainType(type, schema)))
}

const union = (types: string[]) => [...new Set(types)].join(' | ')

function toPlainType(type: string, schema: Schema): string {
  if (type === 'integer') return 'number'
  if (type === 'array') return toListType(schema)
  if (type === 'object') return toObjectType(schema)
  return type
}

function toListType({ items, prefixItems }: Schema): string {
  if (prefixItems !== undefined) return `[${prefixItems.map(toType).join(', ')}]`
  const item = toType(items ?? {})
  return item.includes(' ') ? `(${item})[]` : `${item}[]`
}

function toObjectType({ properties, required = [], additionalProperties }: Schema): string {
  const others = typeof additionalProperties === 'object' ? toType(additionalProperties) : null
  if (properties === undefined) return `Record<string, ${others ?? 'unknown'}>`
  const members = Object.entries(properties).map(([name, schema]) => {
    const { description, deprecated } = schema
    const note = [description, deprecated && '@deprecated'].filter(Boolean).join(' ')
    const comment = note === '' ? '' : `/** ${note.replaceAll('*/', '* /')} */ `
    return `${comment}${member(name, toType(schema), required.includes(name))}`
  })
  const shape = `{ ${members.join('; ')} }`
  // Named members may be of another type than the others.
  return others === null ? shape : `${shape} & Record<string, ${others} | undefined>`
}

if (import.meta.main) {
  const document = await readFile(new URL('../openapi.json', import.meta.url), 'utf8')
  const target = new URL('src/api-types.ts', import.meta.url)
  await writeFile(target, emitTypes(JSON.parse(document) as Document))
}
