import { WebhookVerificationError } from './errors.ts'

/** Fetch `Headers`, or an object such as Node's `req.headers`; names in any case. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>

/** The three headers, each as `webhook-…`, else as `svix-…`. */
export function readHeaders(headers: WebhookHeaders) {
  return {
    id: readHeader(headers, 'id'),
    timestamp: readHeader(headers, 'timestamp'),
    signature: readHeader(headers, 'signature'),
  }
}

// The families may be mixed: whatever is picked must match the signature.
function readHeader(headers: WebhookHeaders, name: string): string {
  const value = findHeader(headers, `webhook-${name}`) ?? findHeader(headers, `svix-${name}`)
  if (value) return value
  throw new WebhookVerificationError('missing_header', `The header webhook-${name} is missing.`)
}

/**
 * Values given more than once are joined by a space: right for signatures, which are a list, and
 * refused as an id or a timestamp, where nobody could say which one counts.
 */
function findHeader(headers: WebhookHeaders, name: string): string | null {
  if (isFetchHeaders(headers)) return headers.get(name)
  const values = Object.entries(headers)
    .filter(([key, value]) => key.toLowerCase() === name && value !== undefined)
    .flatMap(([, value]) => value)
  return values.length === 0 ? null : values.join(' ')
}

// Not instanceof: frameworks and polyfills bring a Headers class of their own.
function isFetchHeaders(headers: WebhookHeaders): headers is Headers {
  return typeof headers.get === 'function'
}
