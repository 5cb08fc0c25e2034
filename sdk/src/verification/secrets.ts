import { type Bytes, decodeBytes, utf8 } from './encoding.ts'
import type { HmacScheme } from './scheme.ts'
import type { ActiveSecret } from './verifier.ts'
import { WebhookError } from './webhook-error.ts'

/** Text, or text with the moment from which it counts no more. */
export type SecretIn = string | { secret: string; until?: Date | null } | null | undefined

const MAX_SECRETS = 8
const BARE_PREFIX = /^(?:whsec|whsk|whpk)_$/

/**
 * The secrets that count now. Missing ones are an error of whoever set this up: there is no "no
 * secret, so skip".
 */
export function activeSecrets(secrets: readonly SecretIn[], now: Date): ActiveSecret[] {
  assertSecrets(secrets)
  return secrets.flatMap((given, index) => {
    if (typeof given === 'string') return [{ secret: given, index }]
    const { secret, until } = given!
    return until && until <= now ? [] : [{ secret, index }]
  })
}

/** Throws `secret_missing` where one is absent, empty, blank or only a prefix. */
export function assertSecrets(secrets: readonly SecretIn[]) {
  if (!Array.isArray(secrets) || secrets.length === 0) throw missing('No secret is given')
  if (secrets.length > MAX_SECRETS) {
    throw missing(`More than ${MAX_SECRETS} secrets are given`)
  }
  for (const [index, given] of secrets.entries()) {
    const secret = (typeof given === 'string' ? given : given?.secret)?.trim()
    if (!secret || BARE_PREFIX.test(secret)) throw missing(`Secret ${index} is not set or blank`)
  }
}

/** The bytes that key the MAC. Throws `secret_missing` for text that is no such key. */
export function secretKey(secret: string, key: HmacScheme['key']): Bytes {
  const { encoding = 'utf8', stripPrefix = '', minBytes = 1, maxBytes = 4096 } = key ?? {}
  const text = secret.startsWith(stripPrefix) ? secret.slice(stripPrefix.length) : secret
  const bytes = encoding === 'utf8' ? utf8(text) : decodeBytes(text, encoding)
  if (bytes === null) throw missing(`The secret is not ${encoding}`)
  if (bytes.length >= minBytes && bytes.length <= maxBytes) return bytes
  throw missing(`The secret has ${bytes.length} bytes, not ${minBytes}–${maxBytes}`)
}

const missing = (problem: string) =>
  new WebhookError('secret_missing', `${problem}. Give the provider’s secret.`)
