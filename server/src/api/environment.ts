// An environment as one document, to make another like it: its event types, settings and templates.
// Customers, endpoints, messages and keys are not in it.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import { getSettings, holdSettings } from '../store/environment-settings.ts'
import { holdEventTypes, listEveryEventType } from '../store/event-types.ts'
import { listTemplates } from '../store/templates.ts'
import { JsonText } from './answer.ts'
import {
  EnvironmentSettingsIn,
  EnvironmentSettingsOut,
  writeSettings,
} from './environment-settings.ts'
import {
  assertSchemas,
  EventTypeIn,
  EventTypeOut,
  toEventTypeJson,
  toFields,
} from './event-type-shape.ts'
import { changeMany, changesOf } from './event-type-writes.ts'
import { time } from './fields.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'
import {
  NamedTemplateIn,
  NamedTemplateOut,
  toNamed,
  toFields as toTemplateFields,
} from './template-shape.ts'
import { put } from './template-writes.ts'

const VERSION = 1
const MAX_EVENT_TYPES = 5_000
const MAX_TEMPLATES = 200

const EnvironmentIn = z
  .object({
    version: z.literal(VERSION, { error: `expected ${VERSION}` }).optional(),
    eventTypes: z.array(EventTypeIn).max(MAX_EVENT_TYPES).nullish(),
    settings: EnvironmentSettingsIn.nullish(),
    templates: z.array(NamedTemplateIn).max(MAX_TEMPLATES).nullish(),
    /** There are none yet: a document with some cannot be imported. */
    connectors: z
      .array(z.record(z.string(), z.unknown()))
      .max(0, 'connectors cannot be imported')
      .nullish(),
  })
  .register(wireShapes, { id: 'EnvironmentIn' })

const EnvironmentOut = z
  .object({
    version: z.number(),
    createdAt: time(),
    eventTypes: z.array(EventTypeOut),
    settings: EnvironmentSettingsOut,
    /** Those that operators added. */
    templates: z.array(NamedTemplateOut),
    connectors: z.array(z.record(z.string(), z.unknown())),
  })
  .register(wireShapes, { id: 'EnvironmentOut' })

export const environmentRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/environment/export',
    access: 'environment',
    operationId: 'v1.environment.export',
    summary: 'The event types, settings and templates of the environment as one document',
    reads: true,
    transaction: false,
    records: { nothing: 'it only reads' },
    status: 200,
    output: EnvironmentOut,
    async handle({ caller }, { store, defaultSettings, clock }) {
      const { environmentId } = caller
      const settings = await getSettings(store.db, environmentId, defaultSettings)
      const eventTypes = await listEveryEventType(store.db, environmentId)
      const templates = (await listTemplates(store.db, environmentId)).map(toNamed)
      const rest = {
        ...{ version: VERSION, createdAt: clock().toISOString(), settings, templates },
        connectors: [],
      }
      const items = eventTypes.map((eventType) => toEventTypeJson(eventType).text)
      return new JsonText(`${JSON.stringify(rest).slice(0, -1)},"eventTypes":[${items.join(',')}]}`)
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/environment/import',
    access: 'environment',
    operationId: 'v1.environment.import',
    summary: 'Add and change what is in such a document; nothing is deleted',
    body: EnvironmentIn,
    status: 204,
    before: async ({ body, bytes }, deps) => {
      const given = toEventTypes(body, bytes).map(({ schemas }, index) => ({
        text: schemas,
        loc: ['body', 'eventTypes', `[${index}]`],
      }))
      await assertSchemas(given, deps)
    },
    // A row for each event type and template that is new or different, and one for the settings.
    records: 'event-type',
    async handle({ caller: { environmentId }, body, bytes }, deps) {
      const { db } = deps.store
      const wanted = toEventTypes(body, bytes)
      const { settings } = body
      await holdSettings(db, environmentId)
      const names = wanted.map(({ name }) => name)
      const existing = await holdEventTypes(db, environmentId, names)
      await changeMany(deps, environmentId, { changes: changesOf(wanted, existing), existing })
      if (settings) await writeSettings(deps, environmentId, (now) => ({ ...now, ...settings }))
      for (const { fields, loc } of toTemplates(body))
        await put(deps, { environmentId, fields, loc })
    },
  }),
]

/** In the order of their names, so that two imports at once wait for each other and do not block. */
function toTemplates({ templates }: z.output<typeof EnvironmentIn>) {
  const named = (templates ?? []).map((template, index) => {
    const loc = ['body', 'templates', `[${index}]`]
    return { fields: toTemplateFields(template.name, template, loc), loc: [...loc, 'name'] }
  })
  return named.toSorted((a, b) => (a.fields.name < b.fields.name ? -1 : 1))
}

/** Throws 422 for a name that is given twice. */
function toEventTypes({ eventTypes }: z.output<typeof EnvironmentIn>, bytes: Buffer) {
  if (!eventTypes) return []
  const items = elementBytes(memberBytes(bytes, 'eventTypes')!)
  const names = new Set<string>()
  return eventTypes.map((eventType, index) => {
    const { name } = eventType
    if (names.has(name)) {
      throw invalid(['body', 'eventTypes', `[${index}]`, 'name'], `${name} is given twice`)
    }
    names.add(name)
    return { name, ...toFields(eventType, items[index]!) }
  })
}
