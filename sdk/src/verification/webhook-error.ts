// Statuses by what went wrong. Those with 401 look the same from outside: the reason is for the
// operator.
const STATUS = {
  secret_missing: 401,
  signature_missing: 401,
  signature_malformed: 401,
  signature_ambiguous: 401,
  signature_mismatch: 401,
  timestamp_missing: 401,
  timestamp_malformed: 401,
  timestamp_too_old: 401,
  timestamp_too_new: 401,
  key_untrusted: 401,
  url_unknown: 401,
  /** Ours, not the sender's: it shall come again. */
  body_not_raw: 500,
  body_too_large: 413,
  payload_unreadable: 400,
  event_unknown: 422,
  event_invalid: 422,
  in_progress: 503,
  handler_failed: 500,
  handler_timeout: 503,
  store_unavailable: 503,
  /** It could not be found out whether the signature is right: a key could not be had. */
  undecided: 503,
} as const

export type WebhookErrorCode = keyof typeof STATUS

/** What an operator should know: a code, a sentence, and what to do. */
export type Finding = { code: string; sentence: string; remedy: string }

const RETRY_AFTER_SECONDS = '10'

/** The one error of receiving. Match `code`; `message` and `findings` are for the operator's log. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
  readonly code: WebhookErrorCode
  readonly status: number
  readonly findings: Finding[]

  constructor(
    code: WebhookErrorCode,
    message: string,
    { findings = [], cause }: { findings?: Finding[]; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = STATUS[code]
    this.findings = findings
  }

  /** The answer to the sender. Anything that is no `WebhookError` is thrown on. */
  static toResponse(error: unknown): Response {
    if (!(error instanceof WebhookError)) throw error
    const { code, status } = error
    return new Response(JSON.stringify({ code: status === 401 ? 'unauthorized' : code }), {
      status,
      headers: {
        'content-type': 'application/json',
        ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
      },
    })
  }
}
