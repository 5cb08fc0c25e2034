// The wire shapes of an event type, and what they mean inside.
import { z } from 'zod'
import { SCHEMA_POLICIES } from '../domain/environment-settings.ts'
import { AppError } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import { memberBytes } from '../domain/json-bytes.ts'
import type { EventTypeFields } from '../store/event-types.ts'
import { JsonText } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { cleanText, eventTypeName, featureFlagName, time } from './fields.ts'
import { wireShapes } from './shapes.ts'

export const EventTypeUpdate = z
  .object({
    description: cleanText(10_000),
    archived: z.boolean().optional(),
    deprecated: z.boolean().optional(),
    schemas: z.record(z.string().max(16), z.record(z.string(), z.unknown())).nullish(),
    featureFlag: featureFlagName().nullish(),
    featureFlags: z.array(featureFlagName()).max(20).nullish(),
    groupName: cleanText(256).nullish(),
    /** What the schema means for messages of this type; null is as the environment says. */
    schemaPolicy: z.enum(SCHEMA_POLICIES).nullish(),
  })
  .register(wireShapes, { id: 'EventTypeUpdate' })
export const EventTypeIn = EventTypeUpdate.extend({ name: eventTypeName() }).register(wireShapes, {
  id: 'EventTypeIn',
})
export const EventTypePatch = EventTypeUpdate.partial().register(wireShapes, {
  id: 'EventTypePatch',
})

export const EventTypeOut = z
  .object({
    name: z.string(),
    description: z.string(),
    archived: z.boolean(),
    deprecated: z.boolean(),
    schemas: z.record(z.string(), z.unknown()).nullable(),
    featureFlag: z.string().nullable(),
    featureFlags: z.array(z.string()).nullable(),
    groupName: z.string().nullable(),
    schemaPolicy: z.enum(SCHEMA_POLICIES).nullable(),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'EventTypeOut' })

/** `bytes` are those of the object that `body` was read from: schemas are kept as they stand there. */
export const toPatchFields = (body: z.output<typeof EventTypePatch>, bytes: Buffer) => ({
  description: body.description,
  archived: body.archived,
  deprecated: body.deprecated,
  schemas: schemasText(body.schemas, bytes),
  featureFlags: flagsOf(body),
  groupName: body.groupName,
  schemaPolicy: body.schemaPolicy,
})

export const toFields = (
  body: z.output<typeof EventTypeUpdate>,
  bytes: Buffer,
): EventTypeFields => ({
  description: body.description,
  archived: body.archived ?? false,
  deprecated: body.deprecated ?? false,
  schemas: schemasText(body.schemas, bytes) ?? null,
  featureFlags: flagsOf(body) ?? null,
  groupName: body.groupName ?? null,
  schemaPolicy: body.schemaPolicy ?? null,
})

/** `featureFlag` is the older form of a list with one. */
function flagsOf({ featureFlag, featureFlags }: z.output<typeof EventTypePatch>) {
  if (featureFlags !== undefined) return featureFlags === null ? null : [...new Set(featureFlags)]
  if (featureFlag === undefined) return undefined
  return featureFlag === null ? null : [featureFlag]
}

const schemasText = (schemas: object | null | undefined, bytes: Buffer) =>
  schemas ? memberBytes(bytes, 'schemas')!.toString('utf8') : schemas

type Given = { text: string | null | undefined; loc: string[] }

/** Throws 422 that names the version and the place in it, for the first schema that is not one. */
export async function assertSchemas(given: Given[], { schemas }: Pick<ApiDeps, 'schemas'>) {
  const named = given.flatMap(({ text, loc }) => (text ? [{ text, loc }] : []))
  if (named.length === 0) return
  const problem = await schemas.problemOfSchemas(named.map(({ text }) => text))
  if (problem === null) return
  const loc = [...named[problem.index]!.loc, 'schemas', ...problem.path]
  const { message: msg } = problem
  throw new AppError('validation', msg, {
    problems: [{ loc, msg, type: 'value_error.jsondecode' }],
  })
}

/** Put together by hand, so that the schemas appear as they were sent in. */
export function toEventTypeJson(eventType: EventType): JsonText {
  const { schemas, createdAt, updatedAt, ...fields } = eventType
  const rest = JSON.stringify({
    ...fields,
    featureFlag: eventType.featureFlags?.[0] ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  })
  return new JsonText(`${rest.slice(0, -1)},"schemas":${schemas ?? 'null'}}`)
}
