import { parseJson, readPointer } from '../verification/body.ts'
import { encodeBytes, hmac, isSameText, utf8 } from '../verification/encoding.ts'
import { secretKey } from '../verification/secrets.ts'
import { parseTimestamp, skewOf } from '../verification/timestamp.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'

/**
 * Signs a time and a token, and nothing of the event: a captured pair would carry any body, so the
 * token is handed on to be remembered. Retries go on for 8 h, so age alone refuses nothing.
 */
export const mailgunVerifier: CustomVerifier = {
  async verify(request, { secrets, now }) {
    const { timestamp, token, signature } = readSignature(request.body)
    const sent = parseTimestamp(timestamp, 's')
    for (const { secret, index } of secrets) {
      if (!isSameText(signature, await signatureOf(secret, timestamp + token))) continue
      const skewSeconds = skewOf(sent, now)
      return { secretIndex: index, skewSeconds, bodyAuthenticated: false, nonce: token }
    }
    throw new WebhookError('signature_mismatch', 'The signature matches with none of the secrets.')
  },
  async sign(request, { secret, at }) {
    const timestamp = String(Math.floor(at.getTime() / 1000))
    const token = encodeBytes(crypto.getRandomValues(new Uint8Array(25)), 'hex')
    const signature = { timestamp, token, signature: await signatureOf(secret, timestamp + token) }
    const body = { ...(parseJson(request.body) as object), signature }
    return { ...request, body: utf8(JSON.stringify(body)) }
  },
}

const signatureOf = async (secret: string, text: string) =>
  encodeBytes(await hmac('sha256', secretKey(secret, undefined), utf8(text)), 'hex')

function readSignature(body: Uint8Array) {
  let parsed: unknown
  try {
    parsed = parseJson(body)
  } catch (cause) {
    throw new WebhookError('signature_missing', 'The body that is signed is not JSON.', { cause })
  }
  const [timestamp, token, signature] = ['timestamp', 'token', 'signature'].map((name) => {
    const value = readPointer(parsed, `/signature/${name}`)
    if (typeof value === 'string' && value !== '') return value
    throw new WebhookError('signature_missing', `The body has no text at /signature/${name}.`)
  })
  return { timestamp: timestamp!, token: token!, signature: signature! }
}
