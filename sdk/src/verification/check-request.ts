// One request, one scheme: everything that is missing, doubled or unclear is refused, bytes before
// anything of them is decoded or parsed. Only HMAC is at hand; other code is handed in.
import { verifyHmac } from './hmac.ts'
import type { InboundRequest } from './request.ts'
import type { Scheme } from './scheme.ts'
import { activeSecrets, type SecretIn } from './secrets.ts'
import type { Checked, Checkers, CustomVerifier, FetchKey, Settings } from './verifier.ts'

export type VerifyGiven = {
  scheme: Scheme
  secrets: readonly SecretIn[]
  /** The address as the provider was given it, with the query that came (`signedUrl`). */
  url?: string | null
  now: Date
  /** Instead of the scheme's own. */
  tolerance?: number | undefined
  settings?: Settings | undefined
  /** How keys are had that are not given as secrets. Without it such schemes are `undecided`. */
  fetchKey?: FetchKey | null | undefined
  /** The code of a `custom` scheme: `preset.verifier`. */
  verifier?: CustomVerifier | undefined
}

/** What is wrong is thrown, as `WebhookError`. */
export async function checkRequest(
  request: InboundRequest,
  given: VerifyGiven & { checkers?: Checkers | undefined },
): Promise<Checked> {
  const { url = null, now, settings = {}, fetchKey = null, verifier, checkers = {} } = given
  const scheme = withTolerance(given.scheme, given.tolerance)
  const counts = needsSecret(scheme, verifier) || (takesKeys(scheme) && given.secrets.length > 0)
  const secrets = counts ? activeSecrets(given.secrets, now) : []
  const context = { secrets, url, now, fetchKey }
  switch (scheme.kind) {
    case 'hmac':
      return await verifyHmac(request, scheme, context)
    case 'publicKey':
      return await at(checkers.publicKey, scheme)(request, scheme, context)
    case 'secret':
      return await at(checkers.secret, scheme)(request, scheme, context)
    case 'jwt':
      return await at(checkers.jwt, scheme)(request, scheme, context)
    case 'custom':
      return await at(verifier, scheme).verify(request, { ...context, scheme, settings })
    default:
      return scheme satisfies never
  }
}

/** Whether a source of this scheme must have secrets; the others fetch the provider's key. */
export function needsSecret(scheme: Scheme, verifier?: CustomVerifier): boolean {
  if (scheme.kind === 'jwt') return scheme.keyFrom !== 'provider'
  return scheme.kind !== 'custom' || verifier?.secretless !== true
}

/** Keys of the provider may be given instead of fetched. */
export const takesKeys = (scheme: Scheme) => scheme.kind === 'jwt' && scheme.keyFrom === 'provider'

function at<T>(code: T | undefined, { kind }: Scheme): T {
  if (code) return code
  throw new TypeError(`A ${kind} scheme needs the code that comes with its preset.`)
}

function withTolerance(scheme: Scheme, tolerance: number | undefined): Scheme {
  if (tolerance === undefined || !('timestamp' in scheme) || !scheme.timestamp) return scheme
  return { ...scheme, timestamp: { ...scheme.timestamp, tolerance } }
}
