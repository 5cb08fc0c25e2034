import type { Metadata } from './application.ts'
import type { EndpointAuth } from './endpoint-auth.ts'
import type { Filter, Segments } from './filter/filter.ts'
import type { DisabledReason } from './health.ts'
import type { ApplicationId, EndpointId, EnvironmentId } from './ids.ts'
import type { RetrySchedule } from './retry.ts'
import type { SigningSecret } from './signing-secret.ts'
import type { Parameters } from './templates/template.ts'
import type { Transport } from './transport.ts'

/** A URL of an application that wants some event types. Its secrets and headers are read apart. */
export type Endpoint = {
  id: EndpointId
  applicationId: ApplicationId
  uid: string | null
  url: string
  /** The URL came with a user name or a password. */
  hasCredentials: boolean
  description: string
  disabled: boolean
  disabledReason: DisabledReason | null
  eventTypes: string[] | null
  channels: string[] | null
  throttleRate: number | null
  /** Null leaves it to the event type, and that to the configuration. */
  retrySchedule: RetrySchedule | null
  /** Failed deliveries in a row that switch it off; null leaves it to the environment, 0 is never. */
  disableAfterFailures: number | null
  /** One after the other, in the order in which they were accepted. */
  fifo: boolean
  /** Large bodies are sent compressed. */
  gzip: boolean
  /** Which messages it wants, as its owner wrote it; null for all that are for it. */
  filter: object | null
  /** Made by an integration platform; it goes away when its receiver is gone. */
  hook: boolean
  metadata: Metadata
  /** A number of the API that clients may set; means nothing to us. */
  version: number
  createdAt: Date
  updatedAt: Date
}

/** A filter with what it is asked about besides the message. */
export type EndpointFilter = {
  filter: Filter
  segments: Segments
  /** Of the application. */
  metadata: Metadata
}

/** What its requests look like instead of the messages as they came. */
export type EndpointShape =
  | {
      kind: 'code'
      /** Names the version of the code, and whose it is. */
      key: string
      code: string
      variables: Record<string, string>
      /** Of the template whose code it is. */
      params: Parameters
      /** The template of an operator; null for the endpoint's own code. */
      template: string | null
    }
  | { kind: 'template'; name: string; parameters: Parameters }

/** All that sending to an endpoint needs. Cached by `(id, revision)`; a change makes a new revision. */
export type EndpointTarget = {
  id: EndpointId
  revision: number
  applicationId: ApplicationId
  environmentId: EnvironmentId
  url: string
  /** `user:pass` of the URL, sent as basic auth. */
  credentials: string | null
  disabled: boolean
  deleted: boolean
  retrySchedule: RetrySchedule | null
  headers: Record<string, string>
  /** Null when it has nothing but the signatures of Standard Webhooks. */
  auth: EndpointAuth | null
  gzip: boolean
  /** The current key first, then the old ones whose grace has not ended. */
  secrets: { secret: SigningSecret; expiresAt: Date | null }[]
  filter: EndpointFilter | null
  shape: EndpointShape | null
  transport: Transport | null
}

/** How many old keys may be in their grace at once. */
export const MAX_OLD_SECRETS = 10
