// What an attempt came to. What the other side did is a value; only our own faults are thrown.

/** Why an attempt failed, in one word. Each has a sentence for people in the docs. */
export const FAILURE_CODES = [
  'blocked_destination',
  'dns_failure',
  'connect_failed',
  'tls_failed',
  'timeout',
  'protocol_error',
  'response_incomplete',
  'response_too_large',
  'redirect',
  'http_status',
  'receiver_stopped',
  'endpoint_unreadable',
  'transformation_failed',
  'auth_failed',
  'local_failure',
] as const
export type FailureCode = (typeof FAILURE_CODES)[number]

/** `message` may be shown to the customer; `operatorNote` (addresses, errno, library texts) may not. */
export type Failure = {
  code: FailureCode
  /** Finer than the code: `headers` for a timeout, `expired` for a certificate, … */
  detail?: string
  message: string
  operatorNote?: string
}

/** What came back. Present whenever the receiver sent a complete response header. */
export type Answer = {
  status: number
  /** Names in lower case, in the order they came; `set-cookie` is left out. */
  headers: [name: string, value: string][]
  /** The first bytes of the body, as they came: never decompressed. */
  body: Buffer
  /** The body was longer than what is kept. */
  bodyCut: boolean
}

/** One HTTP exchange: delivered is a 2xx that was answered whole. */
export type Outcome =
  | { kind: 'delivered'; answer: Answer; durationMs: number }
  | { kind: 'failed'; failure: Failure; answer?: Answer; durationMs: number }
