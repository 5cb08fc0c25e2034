import { readCandidates } from '../verification/candidates.ts'
import { encodeBytes, hmac, isSameText, utf8 } from '../verification/encoding.ts'
import type { InboundRequest } from '../verification/request.ts'
import { secretKey } from '../verification/secrets.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'
import { formFields } from './form.ts'

const HEADER = 'X-Mandrill-Signature'

/** The URL, then each field of the form, sorted by name, as name and value without anything between. */
export const mandrillVerifier: CustomVerifier = {
  async verify(request, { secrets, url }) {
    const { texts } = readCandidates(request, { headers: [HEADER] })
    for (const { secret, index } of secrets) {
      if (!isSameText(texts[0]!, await signatureOf(request, secret, url))) continue
      return { secretIndex: index, skewSeconds: null, bodyAuthenticated: true }
    }
    throw new WebhookError('signature_mismatch', 'The signature matches with none of the secrets.')
  },
  async sign(request, { secret }) {
    const signature = await signatureOf(request, secret, request.url)
    return { ...request, headers: [...request.headers, [HEADER, signature]] }
  },
}

async function signatureOf(request: InboundRequest, secret: string, url: string | null) {
  if (url === null) {
    throw new WebhookError('url_unknown', 'Mandrill signs the URL. Give the public one.')
  }
  const fields = formFields(request).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const text = url + fields.map(([name, value]) => name + value).join('')
  return encodeBytes(await hmac('sha1', secretKey(secret, undefined), utf8(text)), 'base64')
}
