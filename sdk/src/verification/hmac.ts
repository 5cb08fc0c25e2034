import { readCandidates } from './candidates.ts'
import { encodeBytes, HASH_BYTES, hmac, isSameText } from './encoding.ts'
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
  request: InboundRequest,
  given: HmacScheme,
  { secrets, url, now }: Given,
): Promise<Checked> {
  const scheme = inFamily(request, given)
  const { algorithm, encoding } = scheme
  const keys = secrets.map(({ secret, index }) => ({ index, key: secretKey(secret, scheme.key) }))
  const { texts, fields } = readCandidates(request, scheme.signature)
  const candidates = texts
    .slice(0, scheme.candidates ?? MAX_CANDIDATES)
    .map((text) => (scheme.anyCase ? text.toLowerCase() : text))
    .filter((text) => isSpelling(text, scheme))
  const content = readSigned(request, scheme, { fields, url })
  if (candidates.length === 0) {
    const message = `No signature is ${HASH_BYTES[algorithm]} bytes in ${encoding}.`
    throw new WebhookError('signature_malformed', message)
  }
  for (const { key, index } of keys) {
    const expected = encodeBytes(await hmac(algorithm, key, content.bytes), encoding)
    if (!candidates.some((candidate) => isSameText(candidate, expected))) continue
    const { bodyAuthenticated } = content
    return { secretIndex: index, skewSeconds: content.assertFresh(now), bodyAuthenticated }
  }
  throw new WebhookError('signature_mismatch', 'No signature matches with any of the secrets.')
}

const SPELLINGS = {
  hex: /^[0-9a-f]+$/,
  base64: /^[A-Za-z0-9+/]+={0,2}$/,
  base64url: /^[A-Za-z0-9_-]+$/,
}

function isSpelling(text: string, { algorithm, encoding }: HmacScheme): boolean {
  const bytes = HASH_BYTES[algorithm]
  const lengths = {
    hex: bytes * 2,
    base64: Math.ceil(bytes / 3) * 4,
    base64url: Math.ceil((bytes * 4) / 3),
  }
  return text.length === lengths[encoding] && SPELLINGS[encoding].test(text)
}
