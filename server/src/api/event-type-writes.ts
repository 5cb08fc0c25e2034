// Making, changing and removing event types, alone or many at once. Each write notes itself in its
// transaction, and what is known of event types by heart is looked up anew.
import { entryFrom, isSameSchemas, type ReadEntry } from '../domain/catalog.ts'
import type { Fields } from '../domain/change.ts'
import type { EventType } from '../domain/event-type.ts'
import { parseExact } from '../domain/exact-json.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import {
  archiveEventType,
  archiveOtherEventTypes,
  deleteEventType,
  type EventTypeFields,
  insertEventType,
  type NamedEventTypeFields,
  updateEventType,
  upsertEventTypes,
} from '../store/event-types.ts'
import { fieldsOf, type HandlerDeps } from './record.ts'

type Deps = Pick<HandlerDeps, 'store' | 'record' | 'settingsChanged'>
type Named = { environmentId: EnvironmentId; name: string }

export async function create(
  { store, record, settingsChanged }: Deps,
  { environmentId, name, fields }: Named & { fields: EventTypeFields },
) {
  settingsChanged()
  const eventType = await insertEventType(store.db, environmentId, name, fields)
  await record(store.db, { target: targetOf(name), after: noted(eventType) })
  return eventType
}

export async function change(
  { store, record, settingsChanged }: Deps,
  { environmentId, name, fields }: Named & { fields: Partial<EventTypeFields> },
) {
  settingsChanged()
  const { before, after } = await updateEventType(store.db, environmentId, name, fields)
  await record(store.db, { target: targetOf(name), before: noted(before), after: noted(after) })
  return after
}

export async function archive(
  { store, record, settingsChanged }: Deps,
  { environmentId, name }: Named,
) {
  settingsChanged()
  const { before, after } = await archiveEventType(store.db, environmentId, name)
  await record(store.db, { target: targetOf(name), before: noted(before), after: noted(after) })
}

export async function remove(
  { store, record, settingsChanged }: Deps,
  { environmentId, name }: Named,
) {
  settingsChanged()
  const gone = await deleteEventType(store.db, environmentId, name)
  await record(store.db, { target: targetOf(name), before: noted(gone) })
}

/** Those of `wanted` that would change something of what there is. */
export function changesOf(wanted: NamedEventTypeFields[], existing: Map<string, EventType>) {
  return wanted.filter((fields) => {
    const now = existing.get(fields.name)
    const names = Object.keys(fields) as (keyof typeof fields)[]
    if (now === undefined || !isSameSchemas(fields.schemas, now.schemas)) return true
    return names.some((name) => name !== 'schemas' && !isEqual(fields[name], now[name]))
  })
}

/** What a document makes of an event type; its policy is no matter of documents. */
export const wantedFrom = (
  read: ReadEntry,
  existing: EventType | undefined,
): NamedEventTypeFields => ({
  ...entryFrom(read, existing),
  schemaPolicy: existing?.schemaPolicy ?? null,
})

const isEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Makes and changes many in one statement; `existing` are those of them that were there. */
export async function changeMany(
  { store, record, settingsChanged }: Deps,
  environmentId: EnvironmentId,
  { changes, existing }: { changes: NamedEventTypeFields[]; existing: Map<string, EventType> },
) {
  settingsChanged()
  for (const after of await upsertEventTypes(store.db, environmentId, changes)) {
    const before = existing.get(after.name)
    await record(store.db, {
      target: targetOf(after.name),
      before: before === undefined ? null : noted(before),
      after: noted(after),
    })
  }
}

/** Archives all but `names`; returns which. */
export async function archiveOthers(
  { store, record, settingsChanged }: Deps,
  environmentId: EnvironmentId,
  { names, dryRun }: { names: string[]; dryRun: boolean },
): Promise<string[]> {
  const archived = await archiveOtherEventTypes(store.db, environmentId, { names, dryRun })
  if (dryRun) return archived
  settingsChanged()
  for (const name of archived) {
    const change = { before: { archived: false }, after: { archived: true } }
    await record(store.db, { target: targetOf(name), ...change })
  }
  return archived
}

const targetOf = (name: string) => ({ kind: 'event-type', id: name }) as const

/** As the API shows it, schemas too: the text they are kept as would be a string in the log. */
const noted = (eventType: EventType): Fields => ({
  ...fieldsOf(eventType),
  schemas: eventType.schemas === null ? null : parseExact(eventType.schemas),
})
