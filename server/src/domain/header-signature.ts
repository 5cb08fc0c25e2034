// A signature in a header of the receiver's own, for receivers that verified webhooks before they came
// from here: GitHub's form, Shopify's, Slack's, Stripe's, HubSpot's and their like.
import { problemOf } from './custom-headers.ts'
import { hasName, parseTemplate, SIGNED_NAMES, VALUE_NAMES } from './signature-template.ts'

export const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const
export const ENCODINGS = ['hex', 'base64', 'base64url'] as const
export const SECRET_ENCODINGS = ['text', 'hex', 'base64'] as const
export const TIMESTAMP_UNITS = ['seconds', 'milliseconds', 'iso'] as const

export type HeaderSignature = {
  header: string
  /** What stands in it: `sha256={signature}`, `t={timestamp},v1={signature}`. */
  value: string
  /** What is signed: `{body}`, `{timestamp}.{body}`. */
  signed: string
  algorithm: (typeof ALGORITHMS)[number]
  encoding: (typeof ENCODINGS)[number]
  timestampHeader: string | null
  timestampUnit: (typeof TIMESTAMP_UNITS)[number]
  idHeader: string | null
  secret: string
  secretEncoding: (typeof SECRET_ENCODINGS)[number]
}

export type AuthProblem = { loc: string[]; message: string }

/** Shorter ones can be tried out. */
const MIN_KEY_BYTES = 8
const STANDS_FOR_VALUE = 'x'

export function problemOfSignature(
  signature: HeaderSignature,
  { standardSignature }: { standardSignature: boolean },
): AuthProblem | null {
  const problem = problemOfHeaders(signature) ?? problemOfKey(signature)
  if (problem !== null) return problem
  const signed = parseTemplate(signature.signed, SIGNED_NAMES)
  if (typeof signed === 'string') return at('signed', signed)
  if (!hasName(signed, 'body')) return at('signed', 'must hold {body}')
  const value = parseTemplate(signature.value, VALUE_NAMES)
  if (typeof value === 'string') return at('value', value)
  if (!hasName(value, 'signature')) return at('value', 'must hold {signature}')
  // Seconds are what `webhook-timestamp` says, too.
  const isTold =
    signature.timestampHeader !== null ||
    hasName(value, 'timestamp') ||
    (standardSignature && signature.timestampUnit === 'seconds')
  if (hasName(signed, 'timestamp') && !isTold) {
    const ways = 'set timestampHeader, or put {timestamp} in value'
    return at('signed', `the receiver would not know the {timestamp} that is signed: ${ways}`)
  }
  return null
}

/** The bytes of the key; null when the text is not what its encoding says. */
export function keyOf({
  secret,
  secretEncoding,
}: Pick<HeaderSignature, 'secret' | 'secretEncoding'>): Buffer | null {
  if (secretEncoding === 'text') return Buffer.from(secret)
  const key = Buffer.from(secret, secretEncoding)
  // Node's decoders stop at what they cannot read, or pass it over.
  return key.toString(secretEncoding) === (secretEncoding === 'hex' ? secret.toLowerCase() : secret)
    ? key
    : null
}

function problemOfKey(signature: HeaderSignature): AuthProblem | null {
  const key = keyOf(signature)
  if (key === null) return at('secret', `is not ${signature.secretEncoding}`)
  if (key.length >= MIN_KEY_BYTES) return null
  return at('secret', `must hold at least ${MIN_KEY_BYTES} bytes, this one holds ${key.length}`)
}

function problemOfHeaders(signature: HeaderSignature): AuthProblem | null {
  for (const member of ['header', 'timestampHeader', 'idHeader'] as const) {
    const name = signature[member]
    const problem = name === null ? null : problemOf({ [name]: STANDS_FOR_VALUE })
    if (problem !== null) return at(member, problem)
  }
  const problem = problemOf({ 'x-value': signature.value })
  return problem === null ? null : at('value', 'may hold printable ASCII, space and tab only')
}

const at = (member: string, message: string): AuthProblem => ({
  loc: ['signature', member],
  message,
})
