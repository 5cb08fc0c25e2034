/** A named kind of event, with schemas and examples. */
export type EventType = {
  name: string
  description: string
  archived: boolean
  deprecated: boolean
  schemas: Record<string, unknown> | null
  featureFlags: string[] | null
  groupName: string | null
  createdAt: Date
  updatedAt: Date
}
