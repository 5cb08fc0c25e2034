import type { ApplicationId, EnvironmentId } from './ids.ts'

export type Metadata = Record<string, string>

/** A customer of the product that sends. */
export type Application = {
  id: ApplicationId
  environmentId: EnvironmentId
  uid: string | null
  name: string
  throttleRate: number | null
  metadata: Metadata
  createdAt: Date
  updatedAt: Date
}
