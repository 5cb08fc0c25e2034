import { readCandidates } from '../verification/candidates.ts'
import { concat, digest, encodeBytes, isSameText, utf8 } from '../verification/encoding.ts'
import { headerValue, type InboundRequest } from '../verification/request.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'

const PLACE = { headers: ['X-HubSpot-Signature'] }
const VERSION = 'X-HubSpot-Signature-Version'

/** Plain SHA-256 over the secret and the request: the version is the source's, not the request's. */
export const hubspotLegacyVerifier: CustomVerifier = {
  async verify(request, { scheme, secrets, url }) {
    if (headerValue(request, VERSION) !== scheme.version) {
      throw new WebhookError('signature_malformed', `${VERSION} is not ${scheme.version}.`)
    }
    const { texts } = readCandidates(request, PLACE)
    for (const { secret, index } of secrets) {
      const expected = await hashOf(request, { secret, url, version: scheme.version })
      if (!isSameText(texts[0]!, expected)) continue
      return { secretIndex: index, skewSeconds: null, bodyAuthenticated: true }
    }
    throw new WebhookError('signature_mismatch', 'The hash matches with none of the secrets.')
  },
  async sign(request, { scheme, secret }) {
    const hash = await hashOf(request, { secret, url: request.url, version: scheme.version })
    const own = [
      [VERSION, scheme.version ?? 'v1'],
      ['X-HubSpot-Signature', hash],
    ] as const
    return { ...request, headers: [...request.headers, ...own] }
  },
}

type Given = { secret: string; url: string | null; version: 'v1' | 'v2' | undefined }

async function hashOf(request: InboundRequest, { secret, url, version }: Given): Promise<string> {
  const head = version === 'v1' ? secret : `${secret}${request.method.toUpperCase()}${known(url)}`
  return encodeBytes(await digest('sha256', concat([utf8(head), request.body])), 'hex')
}

function known(url: string | null): string {
  if (url !== null) return url
  throw new WebhookError('url_unknown', 'HubSpot v2 signs the URL. Give the public one.')
}
