// A source is a door for the webhooks of one provider, with its verification.
import type {
  ApplicationId,
  EnvironmentId,
  InboundRequestId,
  MessageId,
  SourceId,
  SourceSecretId,
} from './ids.ts'

/** Header names and JSON pointers; the first that is there counts, a list inside counts together. */
export type Rule = (string | string[])[]

export type SourceAnswer = { status: number; headers: Record<string, string>; body: string }

export type SourceSettings = {
  /** A preset by its name, or null for a scheme of one's own. */
  provider: string | null
  /** Of a preset that has several schemes. */
  variant: string | null
  scheme: object | null
  /** Where the signature or the secret stands, for providers that leave it to their users. */
  place: SourcePlace | null
  /** The URL that the provider was given, for schemes that sign it. */
  publicUrl: string | null
  /** In place of the preset's own. */
  idFrom: Rule | null
  typeFrom: Rule | null
  timeFrom: Rule | null
  /** Stands before the type, with a dot between. */
  typePrefix: string | null
  /** A JSON pointer to the array whose elements are events of their own. */
  split: string | null
  /** In place of the preset's own. */
  answer: SourceAnswer | null
  /** What a verified body that cannot be read is answered with. */
  unreadableStatus: number
  /** In place of the preset's own. */
  toleranceSeconds: number | null
  allowedTopics: string[]
  allowedOrigins: string[]
  /** CIDRs; none is any address. */
  allowedAddresses: string[]
  webhookId: string | null
  /** Headers go on as they came, so that receivers verify the provider's own signature. */
  passThrough: boolean
  channels: string[] | null
  maxBodyBytes: number
  dedupeHours: number
  /** Refuse a body seen before under another id, where the signature does not cover the id. */
  refuseReplays: boolean
  requestsPerSecond: number
}

export type SourcePlace = { headers: string[] } | { query: string }

export type Source = {
  id: SourceId
  environmentId: EnvironmentId
  applicationId: ApplicationId
  uid: string | null
  name: string
  settings: SourceSettings
  hasVerifyToken: boolean
  paused: boolean
  disabled: boolean
  connectedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** As it is shown: never whole. */
export type ShownSecret = {
  id: SourceSecretId
  hint: string
  captured: boolean
  createdAt: Date
  expiresAt: Date | null
}

/** Active at once. */
export const MAX_SOURCE_SECRETS = 8
export const MAX_SOURCES = 2_000
/** GitHub's maximum. */
export const MAX_INBOUND_BYTES = 25 * 1024 * 1024
export const KEPT_OF_REJECTED = 64 * 1024
/** Of each outcome but `accepted`, per source. */
export const MAX_NOTED = 100

export const OUTCOMES = ['accepted', 'duplicate', 'rejected', 'handshake'] as const
export type InboundOutcome = (typeof OUTCOMES)[number]

/** As it came in: nothing is normalised. */
export type RawRequest = {
  method: string
  /** Path and query as sent. */
  target: string
  httpVersion: string
  headers: [string, string][]
  remoteAddress: string
  body: Buffer
}

export type Finding = { code: string; message: string; remedy?: string }

/** What the verifier said of an accepted request. */
export type InboundVerification = {
  scheme: string
  secretId: SourceSecretId | null
  skewSeconds: number | null
  bodyAuthenticated: boolean
}

/** A request at a source, whatever became of it. */
export type InboundRequest = Omit<RawRequest, 'body'> & {
  id: InboundRequestId
  outcome: InboundOutcome
  reason: string | null
  findings: Finding[]
  bodyBytes: number
  eventType: string | null
  eventId: string | null
  eventAt: Date | null
  messageIds: MessageId[]
  held: boolean
  verification: InboundVerification | null
  answerStatus: number
  duplicates: number
  replaySuspected: boolean
  duplicateOf: InboundRequestId | null
}

/** The last four characters, of a secret long enough that they give nothing away. */
export const hintOf = (secret: string) => (secret.length < 16 ? '…' : `…${secret.slice(-4)}`)
