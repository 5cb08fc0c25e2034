// TypeScript types of the events: one for each event type, and a map from names to them.

import { type Exported, versionsOf } from './exported.ts'
import { createNames } from './typescript-names.ts'
import { EMIT_NAMES, emitSchema } from './typescript-schema.ts'
import { commentOf } from './typescript-text.ts'

const TAIL = `
export type EventType = keyof EventPayloads

/** An event with its type, which tells what its payload is. */
export type WebhookEvent = {
  [Type in EventType]: { type: Type; payload: EventPayloads[Type] }
}[EventType]
`

export function toTypeScript(entries: Exported[]): string {
  const nameFor = createNames(EMIT_NAMES)
  const named = entries.map((entry) => ({ entry, typeName: nameFor(entry.name) }))
  const types = named.map(({ entry, typeName }) => emitType(entry, { typeName, nameFor }))
  const members = named.map(({ entry, typeName }) => {
    const note = entry.deprecated ? '  /** @deprecated */\n' : ''
    return `${note}  ${JSON.stringify(entry.name)}: ${typeName}\n`
  })
  const map = `/** What the payload of each event type is. */\nexport interface EventPayloads {\n${members.join('')}}\n`
  return ['// Made from a catalogue of event types. Do not edit.\n', ...types, map + TAIL].join(
    '\n',
  )
}

type Names = { typeName: string; nameFor(name: string): string }

function emitType(entry: Exported, { typeName, nameFor }: Names): string {
  const { newest } = versionsOf(entry)
  const note = commentOf([entry.description, entry.deprecated && '@deprecated'])
  return emitSchema(newest?.schema ?? {}, { typeName, nameFor, note })
}
