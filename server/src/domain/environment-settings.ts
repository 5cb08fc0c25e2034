import type { RetrySchedule } from './retry.ts'
import type { UrlVerification } from './verification.ts'

/** What an event type's schema means for its messages: nothing, a note on them, or a refusal. */
export const SCHEMA_POLICIES = ['off', 'warn', 'reject'] as const
export type SchemaPolicy = (typeof SCHEMA_POLICIES)[number]

export const SECRET_KINDS = ['hmac', 'ed25519'] as const

/** What the operator decides for everything in an environment. */
export type EnvironmentSettings = {
  /** Endpoints may not be given `http` URLs. */
  enforceHttps: boolean
  /** An endpoint that fails for too long is switched off. */
  disableEndpointOnFailure: boolean
  /** So many failed deliveries in a row switch an endpoint off; null is no number. */
  disableAfterFailures: number | null
  /** Of what has no schedule of its own or of its event type; null is the configured one. */
  retrySchedule: RetrySchedule | null
  /** Of secrets that we make. */
  defaultSecretKind: (typeof SECRET_KINDS)[number]
  /** Of event types that have no policy of their own. */
  schemaPolicy: SchemaPolicy
  /** Messages must be of a registered event type. */
  requireEventType: boolean
  /** Which new URLs must answer a challenge before they get anything. */
  verifyEndpointUrls: UrlVerification
}

export const DEFAULT_SETTINGS: EnvironmentSettings = {
  enforceHttps: false,
  disableEndpointOnFailure: true,
  disableAfterFailures: null,
  retrySchedule: null,
  defaultSecretKind: 'hmac',
  schemaPolicy: 'off',
  requireEventType: false,
  verifyEndpointUrls: 'off',
}
