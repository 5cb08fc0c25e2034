import { z } from 'zod'
import { ACTOR_KINDS, TARGET_KINDS } from '../domain/change.ts'
import { invalid } from '../domain/errors.ts'
import { parseId, timeOf } from '../domain/ids.ts'
import { listChanges, type RecordedChange } from '../store/changes.ts'
import { time } from './fields.ts'
import { byId, choice, dateTime, envelope, pageById, pageQuery, text, toEnvelope } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const fields = () => z.record(z.string(), z.unknown()).nullable()

const ChangeOut = z
  .object({
    id: z.string(),
    createdAt: time(),
    operation: z.string(),
    actor: z.object({
      kind: z.enum(ACTOR_KINDS),
      id: z.string().nullable(),
      sessionId: z.string().nullable(),
    }),
    requestId: z.string().nullable(),
    target: z.object({
      kind: z.enum(TARGET_KINDS),
      id: z.string().nullable(),
      uid: z.string().nullable(),
    }),
    applicationId: z.string().nullable(),
    before: fields(),
    after: fields(),
  })
  .register(wireShapes, { id: 'ChangeOut' })

export const listAuditLog = route({
  method: 'GET',
  path: '/api/v1/audit-log',
  access: 'environment',
  operationId: 'v1.audit-log.list',
  summary: 'List who changed what, newest first',
  query: z.object({
    ...pageQuery,
    before: dateTime(),
    after: dateTime(),
    actor: text(),
    operation: text(),
    target_kind: choice(TARGET_KINDS),
    target_id: text(),
    application_id: text(),
  }),
  status: 200,
  output: envelope(ChangeOut),
  async handle({ caller, query }, { store }) {
    const page = await listChanges(store.db, caller.environmentId, {
      request: pageById(query, 'change', 'descending'),
      filter: {
        before: query.before,
        after: query.after,
        actor: query.actor ?? null,
        operation: query.operation ?? null,
        targetKind: query.target_kind ?? null,
        targetId: query.target_id ?? null,
        applicationId: applicationId(query.application_id),
      },
    })
    return toEnvelope(page, { name: byId, out: toChangeOut })
  },
})

function applicationId(text: string | undefined) {
  if (text === undefined) return null
  const id = parseId('application', text)
  if (id !== null) return id
  throw invalid(['query', 'application_id'], `expected an id as app_…, got "${text.slice(0, 100)}"`)
}

const toChangeOut = ({ id, ...change }: RecordedChange): z.input<typeof ChangeOut> => ({
  id,
  createdAt: timeOf(id).toISOString(),
  ...change,
})
