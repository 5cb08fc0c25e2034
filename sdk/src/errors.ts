/** Why a request was not accepted, or a secret could not be used. */
export type WebhookErrorCode =
  /** One of the three headers is absent or empty. */
  | 'missing_header'
  /** `webhook-id` is not 1–256 of `[A-Za-z0-9_-]`. */
  | 'bad_id'
  /** `webhook-timestamp` is not whole Unix seconds. */
  | 'bad_timestamp'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'no_matching_signature'
  /** Ours, not the sender's: no secret given, or one that can't be decoded or used here. */
  | 'bad_secret'
  /** Ours, not the sender's: something parsed or consumed the body before it got here. */
  | 'body_not_raw'
  /** The signature is right, but the body is no JSON: use `verifySignature`. */
  | 'body_not_json'

/**
 * The only error that verifying throws for what it was sent. Match `code`, not `message`.
 * Answer a sender with 400 or 401 and no more: the code is for your log.
 */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError'
  readonly code: WebhookErrorCode

  constructor(code: WebhookErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
