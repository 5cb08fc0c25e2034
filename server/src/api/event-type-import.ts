// Event types from an OpenAPI document: who writes one already need not write them again.
import { z } from 'zod'
import { AppError, invalid } from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { memberBytes } from '../domain/json-bytes.ts'
import type { ReadEventType } from '../schemas/read-event-type.ts'
import { holdSettings } from '../store/environment-settings.ts'
import { holdEventTypes, type NamedEventTypeFields } from '../store/event-types.ts'
import { Answer, JsonText } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { archiveOthers, changeMany, changesOf, wantedFrom } from './event-type-writes.ts'
import { cleanText, eventTypeName, featureFlagName } from './fields.ts'
import { answerOnce } from './idempotency.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { inWrite } from './write.ts'

const OpenApiIn = z.object({
  spec: z.record(z.string(), z.unknown()).nullish(),
  specRaw: z.string().nullish(),
  dryRun: z.boolean().nullish(),
  replaceAll: z.boolean().nullish(),
})

export const ReadFields = z.object({
  name: eventTypeName(),
  description: cleanText(10_000),
  schemas: z.record(z.string(), z.unknown()).nullable(),
  deprecated: z.boolean(),
  groupName: cleanText(256).nullable(),
  featureFlags: z.array(featureFlagName()).max(20).nullable(),
})

export const importOpenApi = route({
  method: 'POST',
  path: '/api/v1/event-type/import/openapi',
  access: 'environment',
  operationId: 'v1.event-type.import-openapi',
  summary: 'Create and change event types from the webhooks of an OpenAPI document',
  body: OpenApiIn,
  // The document is read before the transaction begins, which must not wait for that.
  transaction: false,
  // A row for each event type that is new, different or archived.
  records: 'event-type',
  status: 200,
  output: z.object({
    data: z.object({
      modified: z.array(z.string()),
      to_modify: z.array(ReadFields).nullable(),
      /** With `replaceAll`: those that are not in the document. */
      archived: z.array(z.string()),
    }),
  }),
  async handle({ caller, body, bytes, idempotency }, deps) {
    const read = await readEventTypes(body, { bytes, deps })
    const dryRun = body.dryRun === true
    const asked = { read, dryRun, replaceAll: body.replaceAll === true }
    return inWrite(deps, (tx) =>
      answerOnce(idempotency, tx, async () => {
        const all = await importAll({ ...tx, record: deps.record }, caller.environmentId, asked)
        return new Answer(200, all)
      }),
    )
  },
})

type Given = { bytes: Buffer; deps: Pick<ApiDeps, 'schemas'> }

/** Throws 400 without exactly one document, and 422 that names the place in it which cannot be used. */
async function readEventTypes(body: z.output<typeof OpenApiIn>, { bytes, deps }: Given) {
  const { spec, specRaw } = body
  if ((spec ?? null) === null && (specRaw ?? null) === null) {
    throw new AppError('generic_error', 'Send the document as `spec` (JSON) or `specRaw` (text)')
  }
  if (spec && typeof specRaw === 'string') {
    throw new AppError('generic_error', 'Send either `spec` or `specRaw`, not both')
  }
  const field = spec ? 'spec' : 'specRaw'
  const text = spec ? memberBytes(bytes, 'spec')!.toString('utf8') : specRaw!
  const read = await deps.schemas.readOpenApi(text, { isYaml: !spec })
  if ('eventTypes' in read) {
    for (const eventType of read.eventTypes) assertFields(eventType, field)
    return read.eventTypes
  }
  throw invalid(['body', field, ...read.path], read.message, 'value_error.jsondecode')
}

/** Throws 422 that names the place in the document. */
export function assertFields(eventType: ReadEventType, field: string) {
  const parsed = ReadFields.omit({ schemas: true }).safeParse(eventType)
  if (parsed.success) return
  const [issue] = parsed.error.issues
  const what = issue!.path[0]
  throw invalid(['body', field, ...eventType.path], `its ${String(what)}: ${issue!.message}`)
}

type Asked = { read: ReadEventType[]; dryRun: boolean; replaceAll: boolean }

async function importAll(
  deps: HandlerDeps,
  environmentId: EnvironmentId,
  { read, dryRun, replaceAll }: Asked,
): Promise<JsonText> {
  const { db } = deps.store
  await holdSettings(db, environmentId)
  const names = read.map(({ name }) => name)
  const existing = await holdEventTypes(db, environmentId, names)
  const wanted = read.map((eventType) => wantedFrom(eventType, existing.get(eventType.name)))
  const changes = changesOf(wanted, existing)
  if (!dryRun) await changeMany(deps, environmentId, { changes, existing })
  const archived = replaceAll ? await archiveOthers(deps, environmentId, { names, dryRun }) : []
  const modified = JSON.stringify(changes.map(({ name }) => name))
  const toModify = dryRun ? `[${changes.map(toJson).join(',')}]` : 'null'
  return new JsonText(
    `{"data":{"modified":${modified},"to_modify":${toModify},"archived":${JSON.stringify(archived)}}}`,
  )
}

function toJson({
  schemas,
  archived: _,
  schemaPolicy: __,
  ...fields
}: NamedEventTypeFields): string {
  return `${JSON.stringify(fields).slice(0, -1)},"schemas":${schemas ?? 'null'}}`
}
