// Whether a request is from who it should be, for hosts of any provider: all kinds of schemes are here.

import { assertTemplate } from './assert-template.ts'
import { checkRequest, needsSecret, takesKeys, type VerifyGiven } from './check-request.ts'
import { assertJwks } from './jwk.ts'
import { verifyJwt } from './jwt.ts'
import { keyBytes, verifyPublicKey } from './public-key.ts'
import type { InboundRequest } from './request.ts'
import type { Scheme } from './scheme.ts'
import { assertSecrets, secretKey } from './secrets.ts'
import { verifySecret } from './shared-secret.ts'
import type { Checked, Checkers } from './verifier.ts'
import { type Finding, WebhookError, type WebhookErrorCode } from './webhook-error.ts'

const CHECKERS: Checkers = { publicKey: verifyPublicKey, secret: verifySecret, jwt: verifyJwt }

export type Verdict =
  | ({ ok: true; scheme: Scheme['kind'] } & Checked)
  | { ok: false; code: WebhookErrorCode; message: string; findings: Finding[]; error: WebhookError }

/** The verdict as a value. Whatever goes wrong inside is `undecided` and never a yes. */
export async function verifyScheme(request: InboundRequest, given: VerifyGiven): Promise<Verdict> {
  try {
    return {
      ok: true,
      scheme: given.scheme.kind,
      ...(await checkRequest(request, { ...given, checkers: CHECKERS })),
    }
  } catch (thrown) {
    const error = toWebhookError(thrown)
    const { code, message, findings } = error
    return { ok: false, code, message, findings, error }
  }
}

/**
 * Throws where a source of this scheme could not be built: `secret_missing` for the secrets,
 * TypeError for the scheme.
 */
export function assertUsable({ scheme, secrets, verifier }: Omit<VerifyGiven, 'now'>) {
  if ('signed' in scheme && scheme.signed !== undefined) assertTemplate(scheme.signed)
  if (scheme.kind === 'custom' && !verifier) {
    throw new TypeError(`The scheme "${scheme.verifier}" needs its verifier, that of its preset.`)
  }
  const counts = needsSecret(scheme, verifier) || (takesKeys(scheme) && secrets.length > 0)
  if (!counts) return
  assertSecrets(secrets)
  for (const given of secrets) {
    const secret = typeof given === 'string' ? given : given!.secret
    if (scheme.kind === 'hmac') secretKey(secret, scheme.key)
    if (scheme.kind === 'publicKey') keyBytes(secret, scheme.key)
    if (scheme.kind === 'jwt' && scheme.algorithms[0] !== 'HS256') assertJwks(secret, scheme)
  }
}

function toWebhookError(thrown: unknown): WebhookError {
  if (thrown instanceof WebhookError) return thrown
  const message = 'The request could not be checked.'
  return new WebhookError('undecided', message, { cause: thrown })
}
