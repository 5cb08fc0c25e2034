// A request that could be sent as it stands, made from the shape of its operation.
import type { Document } from '../openapi.ts'
import { follow, type Schema } from './schema.ts'

/** By the name of a field or of a part of the path; what is not here follows from the schema. */
const VALUES: Record<string, unknown> = {
  app_id: 'customer-42',
  endpoint_id: 'hooks',
  msg_id: 'invoice-77-paid',
  attempt_id: 'atmpt_1srOrx2ZWZBpBUvZwXKQmoEYga2',
  task_id: 'qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2',
  key_id: 'key_1srOrx2ZWZBpBUvZwXKQmoEYga2',
  poller_id: 'warehouse',
  segment_name: 'big-companies',
  template_name: 'our-crm',
  source_id: 'github',
  secret_id: 'srcsec_000000000000000000000000001',
  request_id: 'inreq_000000000000000000000000001',
  bin_id: 'bin_000000000000000000000000001',
  capture_id: 'cap_000000000000000000000000001',
  share_id: 'binsh_000000000000000000000000001',
  share_token: 'bwv_Jc3yYb0R8mP1wq7Zt2Hs5Kd9Lf4Nx6Qv0Ea1Ub3Wo8',
  hook_id: 'ep_000000000000000000000000001',
  hook_url_id: 'hurl_000000000000000000000000001',
  consumer_id: 'worker-1',
  operational_endpoint_id: 'ours',
  env_id: 'org_1srOrx2ZWZBpBUvZwXKQmoEYga2',
  event_type_name: 'invoice.paid',
  eventType: 'invoice.paid',
  eventTypes: ['invoice.paid'],
  name: 'Acme',
  uid: 'customer-42',
  description: 'An invoice was paid',
  payload: { id: 77, amount: 1200 },
  since: '2026-01-31T10:00:00Z',
  until: '2026-02-01T10:00:00Z',
  createdBefore: '2026-02-01T10:00:00Z',
  ids: ['invoice-77-paid'],
  url: 'https://example.com/webhook',
}

/** What says most where nothing, or little, is required. */
const TELLING = ['name', 'eventType', 'url', 'uid', 'description', 'expiry', 'sessionIds', 'dryRun']

export const pathExample = (template: string) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(VALUES[name] ?? `{${name}}`))

export function bodyExample(document: Document, given: Schema, name?: string): unknown {
  const known = name === undefined ? undefined : VALUES[name]
  const schema = follow(document, given)
  if (known !== undefined && fits(schema, known)) return known
  if (schema.examples?.[0] !== undefined) return schema.examples[0]
  if (schema['default'] !== undefined) return schema['default']
  if (schema.enum !== undefined) return schema.enum[0]
  const type = [schema.type ?? (schema.properties ? 'object' : 'string')].flat()[0]
  if (type === 'object') return objectExample(document, schema)
  if (type === 'array') return [bodyExample(document, schema.items ?? {})]
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 1
  if (schema['format'] === 'date-time') return VALUES['since']
  return 'text'
}

const fits = ({ type, anyOf, enum: among }: Schema, value: unknown) => {
  if (among !== undefined) return among.includes(value as never)
  return type === undefined
    ? anyOf !== undefined
    : [type].flat().includes(Array.isArray(value) ? 'array' : typeof value)
}

function objectExample(document: Document, schema: Schema): Record<string, unknown> {
  const { properties = {}, additionalProperties, required = [], anyOf = [] } = schema
  const needed = [...required, ...(anyOf[0]?.required ?? [])]
  const names = Object.keys(properties)
  const telling = TELLING.find((name) => names.includes(name)) ?? names[0]
  const shown = needed.length > 0 || telling === undefined ? needed : [telling]
  if (names.length === 0 && typeof additionalProperties === 'object') {
    return { 'x-team': bodyExample(document, additionalProperties) }
  }
  return Object.fromEntries(
    shown.map((name) => [name, bodyExample(document, properties[name] ?? {}, name)]),
  )
}
