import { readCandidates } from './candidates.ts'
import { encodeBytes, hmac, isSameText } from './encoding.ts'
import type { InboundRequest } from './request.ts'
import type { HmacScheme } from './scheme.ts'
import { secretKey } from './secrets.ts'
import { inFamily, readSigned } from './signed-content.ts'
import type { ActiveSecret, Checked } from './verifier.ts'
import { WebhookError } from './webhook-error.ts'

const MAX_CANDIDATES = 16

type Given = { secrets: ActiveSecret[]; url: string | null; now: Date }

/** The MAC is compared as text, whole: a second spelling of the right bytes is not the signature. */
export async function verifyHmac(
  given: InboundRequest,
  scheme: HmacScheme,
  { secrets, url, now }: Given,
): Promise<Checked> {
  const request = inFamily(given, scheme)
  const { algorithm, encoding } = scheme
  const keys = secrets.map(({ secret, index }) => ({ index, key: secretKey(secret, scheme.key) }))
  const { texts, fields } = readCandidates(request, scheme.signature)
  const candidates = texts
    .slice(0, scheme.candidates ?? MAX_CANDIDATES)
    .map((text) => (scheme.anyCase ? text.toLowerCase() : text))
    .filter((text) => SPELLINGS[encoding].test(text))
  const content = readSigned(request, scheme, { fields, url })
  let isWhole = keys.length === 0
  for (const { key, index } of keys) {
    const expected = encodeBytes(await hmac(algorithm, key, content.bytes), encoding)
    isWhole ||= candidates.some(({ length }) => length === expected.length)
    if (!candidates.some((candidate) => isSameText(candidate, expected))) continue
    const { bodyAuthenticated } = content
    return { secretIndex: index, skewSeconds: content.assertFresh(now), bodyAuthenticated }
  }
  if (isWhole) throw new WebhookError('signature_mismatch', 'No signature matches a secret.')
  throw new WebhookError('signature_malformed', `No signature is ${algorithm} in ${encoding}.`)
}

const SPELLINGS = {
  hex: /^[0-9a-f]+$/,
  base64: /^[A-Za-z0-9+/]+={0,2}$/,
  base64url: /^[\w-]+$/,
}
