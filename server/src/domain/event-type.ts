import type { SchemaPolicy } from './environment-settings.ts'

/** A named kind of event, with schemas and examples. */
export type EventType = {
  name: string
  description: string
  archived: boolean
  deprecated: boolean
  /** By version, as the JSON text that was sent in: numbers keep their spelling. */
  schemas: string | null
  featureFlags: string[] | null
  groupName: string | null
  /** Null: as the environment says. */
  schemaPolicy: SchemaPolicy | null
  createdAt: Date
  updatedAt: Date
}
