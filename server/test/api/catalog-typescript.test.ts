// The exported types, as the compiler sees them: what fits the schema fits the type, and mistakes do not.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { exportCatalog } from '../../src/schemas/export/export-catalog.ts'
import { EVENT_TYPES } from './catalog-examples.ts'

const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'bellwire-types-'))
after(() => rm(folder, { recursive: true, force: true }))

const ODD = [
  { name: '2fa', schemas: { 1: { type: 'object', properties: { on: { type: 'boolean' } } } } },
  { name: 'order-paid', schemas: { 1: { const: 'the other' } } },
  { name: 'web.hook.event', schemas: { 1: { enum: [1, null, { a: [true] }] } } },
  {
    name: 'map.of',
    schemas: {
      1: { type: 'object', additionalProperties: { type: 'array', items: { enum: ['a', 'b'] } } },
    },
  },
  {
    name: 'mixed',
    schemas: {
      1: {
        type: 'object',
        required: ['unnamed'],
        properties: { 'a"b': { type: 'string' }, __proto__x: { $ref: '#/nowhere' } },
        additionalProperties: { type: 'number' },
      },
    },
  },
  {
    name: 'union.of',
    schemas: {
      1: {
        oneOf: [
          {
            type: 'object',
            required: ['kind'],
            properties: { kind: { const: 'a' }, a: { type: 'number' } },
          },
          { type: 'object', required: ['kind'], properties: { kind: { const: 'b' } } },
        ],
      },
    },
  },
]

const entries = [...EVENT_TYPES, ...ODD].map((eventType) => ({
  archived: false,
  ...{ description: '', deprecated: false, featureFlags: null, groupName: null },
  ...eventType,
  schemas: eventType.schemas === undefined ? null : JSON.stringify(eventType.schemas),
}))

const USE = `
import type { EventPayloads, EventType, WebhookEvent, OrderPaid } from './events.ts'

const paid: EventPayloads['order.paid'] = {
  id: 1, to: { city: 'Göteborg' }, also: [{ city: 'x' }], status: 'paid', note: null,
  'not a word': true, lines: ['a', 2],
}
const named: OrderPaid = { ...paid, parent: paid }
// @ts-expect-error: it is required
export const withoutTo: OrderPaid = { id: 1, status: 'paid' }
// @ts-expect-error: one of two words
export const wrongStatus: OrderPaid = { ...named, status: 'open' }
// @ts-expect-error: not in this place
export const wrongPlace: OrderPaid = { ...named, lines: [2, 'a'] }
export const node: EventPayloads['tree.grown'] = { left: { left: { value: 1 } }, pair: ['x'] }
// @ts-expect-error: the first is needed
export const noPair: EventPayloads['tree.grown'] = { pair: [] }
export const parts: EventPayloads['all.of'] = { base: true, own: null, 'x-more': 'y' }
export const lists: EventPayloads['map.of'] = { any: ['a'] }
// @ts-expect-error: one of two words
export const wrongLists: EventPayloads['map.of'] = { any: ['c'] }
export const mixed: EventPayloads['mixed'] = { unnamed: 1, 'a"b': 'x', other: 2 }
export const other: EventPayloads['order-paid'] = 'the other'
export const odd: EventPayloads['web.hook.event'] = { a: [true] }
// @ts-expect-error: there is no such event
export const none: EventType = 'order.lost'

export function told(event: WebhookEvent): number | string | undefined {
  if (event.type === 'order.paid') return event.payload.to.city.length
  if (event.type === 'union.of' && event.payload.kind === 'a') return event.payload.a
  // @ts-expect-error: of others it is not known
  return event.payload.id
}
`

test('types compile under strict rules, and hold users to what the schemas say', async () => {
  await writeFile(join(folder, 'events.ts'), exportCatalog('typescript', entries))
  await writeFile(join(folder, 'use.ts'), USE)
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--types',
    '',
  ]
  const files = ['--allowImportingTsExtensions', join(folder, 'use.ts')]
  const run = promisify(execFile)(process.execPath, [TSC, ...options, ...files])
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  assert.equal(stdout, '')
})

test('descriptions and what is deprecated are comments, which nothing in them ends', () => {
  const text = exportCatalog('typescript', entries)
  assert.match(text, /\/\*\* Ours \*\/\n {2}id: number/)
  assert.match(text, /\/\*\* @deprecated \*\/\n {2}"order\.refunded": OrderRefunded/)
  assert.match(text, / \* of \*text\*, `code` \| and <b>tags<\/b> \* \/\n/)
})

test('without event types there is an empty map', () => {
  assert.match(exportCatalog('typescript', []), /export interface EventPayloads \{\n\}/)
})
