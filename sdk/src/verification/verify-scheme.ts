// Whether a request is from who it should be. The scheme says how; bytes are checked before anything
// of them is decoded or parsed; everything that is missing, doubled or unclear is refused.
import { verifyHmac } from './hmac.ts'
import { verifyJwt } from './jwt.ts'
import { keyBytes, verifyPublicKey } from './public-key.ts'
import type { InboundRequest } from './request.ts'
import type { Scheme } from './scheme.ts'
import { activeSecrets, assertSecrets, type SecretIn, secretKey } from './secrets.ts'
import { verifySecret } from './shared-secret.ts'
import { parseTemplate } from './template.ts'
import type { Checked, CustomVerifier, FetchKey, Settings } from './verifier.ts'
import { type Finding, WebhookError, type WebhookErrorCode } from './webhook-error.ts'

export type VerifyGiven = {
  scheme: Scheme
  secrets: readonly SecretIn[]
  /** The address as the provider was given it, with the query that came (`signedUrl`). */
  url?: string | null
  now: Date
  /** Instead of the scheme's own. */
  tolerance?: number
  settings?: Settings
  /** How keys are had that are not given as secrets. Without it such schemes are `undecided`. */
  fetchKey?: FetchKey | null
  /** The code of a `custom` scheme: `preset.verifier`. */
  verifier?: CustomVerifier | undefined
}

export type Verdict =
  | ({ ok: true; scheme: Scheme['kind'] } & Checked)
  | { ok: false; code: WebhookErrorCode; message: string; findings: Finding[]; error: WebhookError }

/** The verdict as a value. Whatever goes wrong inside is `undecided` and never a yes. */
export async function verifyScheme(request: InboundRequest, given: VerifyGiven): Promise<Verdict> {
  try {
    return { ok: true, scheme: given.scheme.kind, ...(await checkRequest(request, given)) }
  } catch (thrown) {
    const error = toWebhookError(thrown)
    const { code, message, findings } = error
    return { ok: false, code, message, findings, error }
  }
}

/** The same, but what is wrong is thrown. */
export async function checkRequest(request: InboundRequest, given: VerifyGiven): Promise<Checked> {
  const { url = null, now, settings = {}, fetchKey = null, verifier } = given
  const scheme = withTolerance(given.scheme, given.tolerance)
  const secrets = needsSecret(scheme, verifier) ? activeSecrets(given.secrets, now) : []
  switch (scheme.kind) {
    case 'hmac':
      return await verifyHmac(request, scheme, { secrets, url, now })
    case 'publicKey':
      return await verifyPublicKey(request, scheme, { secrets, url, now })
    case 'secret':
      return await verifySecret(request, scheme, { secrets })
    case 'jwt':
      return await verifyJwt(request, scheme, { secrets, url, now, fetchKey })
    case 'custom': {
      const context = { scheme, secrets, url, now, settings, fetchKey }
      return await codeOf(scheme, verifier).verify(request, context)
    }
    default:
      return scheme satisfies never
  }
}

/**
 * Throws where a source of this scheme could not be built: `secret_missing` for the secrets,
 * TypeError for the scheme.
 */
export function assertUsable({ scheme, secrets, verifier }: Omit<VerifyGiven, 'now'>) {
  if ('signed' in scheme && scheme.signed !== undefined) parseTemplate(scheme.signed)
  if (scheme.kind === 'custom') codeOf(scheme, verifier)
  if (!needsSecret(scheme, verifier)) return
  assertSecrets(secrets)
  for (const given of secrets) {
    const secret = typeof given === 'string' ? given : given!.secret
    if (scheme.kind === 'hmac') secretKey(secret, scheme.key)
    if (scheme.kind === 'publicKey') keyBytes(secret, scheme.key)
  }
}

/** Whether a source of this scheme has secrets of its own; the others fetch the provider's key. */
export function needsSecret(scheme: Scheme, verifier?: CustomVerifier): boolean {
  if (scheme.kind === 'jwt') return scheme.keyFrom !== 'provider'
  return scheme.kind !== 'custom' || verifier?.secretless !== true
}

function codeOf({ verifier: name }: { verifier: string }, verifier: CustomVerifier | undefined) {
  if (verifier) return verifier
  throw new TypeError(`The scheme "${name}" needs its verifier: that of the preset of this name.`)
}

function withTolerance(scheme: Scheme, tolerance: number | undefined): Scheme {
  if (tolerance === undefined || !('timestamp' in scheme) || !scheme.timestamp) return scheme
  return { ...scheme, timestamp: { ...scheme.timestamp, tolerance } }
}

function toWebhookError(thrown: unknown): WebhookError {
  if (thrown instanceof WebhookError) return thrown
  const message = 'The request could not be checked.'
  return new WebhookError('undecided', message, { cause: thrown })
}
