// The OpenAPI document, made from the table of routes: what is not there is not in it either.
import { VERSION } from '../version.ts'
import { SECURITY_SCHEMES } from './openapi-access.ts'
import { ERROR_RESPONSES, errorSchemas } from './openapi-errors.ts'
import { HEADERS } from './openapi-headers.ts'
import { toOperation } from './openapi-operations.ts'
import { createComponents, type Json } from './openapi-schemas.ts'
import type { Route } from './route.ts'

export type Document = {
  openapi: string
  info: Json
  tags: { name: string }[]
  paths: Record<string, Record<string, Json>>
  webhooks?: Json
  components: {
    schemas: Record<string, Json>
    responses: Json
    headers: Json
    securitySchemes: Json
  }
} & Json

const DESCRIPTION = `Bellwire speaks the Svix API: the official Svix SDKs work with nothing changed but the server URL.

A path with a trailing slash is the same as without. Ids and uids of your own choice are
interchangeable wherever a path names an application, an endpoint or a message. Bodies are JSON in
UTF-8, whatever \`Content-Type\` says. Errors are always JSON; each answer carries \`X-Request-Id\`.
A method that a path does not know answers 405 with \`Allow\`.`

export function toOpenApi(table: Route[]): Document {
  const { schemas, ref } = createComponents(table)
  const paths: Document['paths'] = {}
  const tags = new Set<string>()
  for (const entry of table) {
    const { path, tag, operation } = toOperation(entry, ref)
    tags.add(tag)
    paths[path] = { ...paths[path], [entry.method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Bellwire API',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...schemas, ...errorSchemas() },
      responses: ERROR_RESPONSES,
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

/** As it is committed and served to anybody. */
export const toText = (document: Document) => `${JSON.stringify(document, null, 2)}\n`
