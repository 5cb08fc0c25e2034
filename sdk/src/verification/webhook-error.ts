// Outside these look all the same: the reason is for the operator.
export type UnauthorizedCode =
  | 'secret_missing'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_ambiguous'
  | 'signature_mismatch'
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'key_untrusted'
  | 'url_unknown'

const UNAUTHORIZED = 401
const STATUS = {
  // Ours, not the sender's: it shall come again.
  body_not_raw: 500,
  body_too_large: 413,
  payload_unreadable: 400,
  event_unknown: 422,
  event_invalid: 422,
  in_progress: 503,
  handler_failed: 500,
  handler_timeout: 503,
  store_unavailable: 503,
  // It could not be found out whether the signature is right: a key could not be had.
  undecided: 503,
} as const

export type WebhookErrorCode = UnauthorizedCode | keyof typeof STATUS

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
    this.status = (STATUS as Partial<Record<string, number>>)[code] ?? UNAUTHORIZED
    this.findings = findings
  }

  /** The answer to the sender. Anything that is no `WebhookError` is thrown on. */
  static toResponse(error: unknown): Response {
    if (!(error instanceof WebhookError)) throw error
    const { code, status } = error
    return new Response(JSON.stringify({ code: status === UNAUTHORIZED ? 'unauthorized' : code }), {
      status,
      headers: {
        'content-type': 'application/json',
        ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
      },
    })
  }
}
