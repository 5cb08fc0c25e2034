import { decodeBytes, utf8 } from '../verification/encoding.ts'
import { isSignature } from '../verification/public-key.ts'
import { headerValue, type InboundRequest } from '../verification/request.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'
import { certificateKey } from './certificate.ts'
import { crc32 } from './crc32.ts'
import { signRsa } from './sign-rsa.ts'

const ALGORITHM = 'SHA256withRSA'
// The raw text, to its end.
const CERTIFICATE = /^https:\/\/(?:[a-z0-9-]+\.)*paypal\.com\/[A-Za-z0-9._~/-]+$/

/** `id|time|webhook id|CRC-32 of the body`, by the key of the certificate that the request names. */
export const paypalVerifier: CustomVerifier = {
  secretless: true,
  async verify(request, { settings, now, fetchKey }) {
    const algorithm = header(request, 'PAYPAL-AUTH-ALGO')
    if (algorithm !== ALGORITHM) {
      throw new WebhookError('signature_malformed', `PAYPAL-AUTH-ALGO is not ${ALGORITHM}.`)
    }
    const signature = decodeBytes(header(request, 'PAYPAL-TRANSMISSION-SIG'), 'base64')
    if (signature === null) {
      throw new WebhookError('signature_malformed', 'PAYPAL-TRANSMISSION-SIG is no base64.')
    }
    const bytes = utf8(paypalSignedString(request, settings.webhookId))
    const url = header(request, 'PAYPAL-CERT-URL')
    if (!CERTIFICATE.test(url)) {
      throw new WebhookError('key_untrusted', 'PAYPAL-CERT-URL is not an address of PayPal.')
    }
    const key = await certificateKey({ url, algorithm: 'rsa-sha256', now, fetchKey })
    if (await isSignature('rsa-sha256', key, { signature, bytes })) {
      return { secretIndex: 0, skewSeconds: null, bodyAuthenticated: true }
    }
    throw new WebhookError('signature_mismatch', 'The signature is not the certificate’s.')
  },
  /** `secret`: the private key (PKCS #8, PEM) of the certificate. */
  async sign(request, { secret, at, settings }) {
    const own = [
      ['PAYPAL-TRANSMISSION-ID', crypto.randomUUID()],
      ['PAYPAL-TRANSMISSION-TIME', at.toISOString().replace(/\.\d+/, '')],
      ['PAYPAL-AUTH-ALGO', ALGORITHM],
      ['PAYPAL-CERT-URL', 'https://api.paypal.com/v1/notifications/certs/CERT-bellwire'],
    ] as const
    const unsigned = { ...request, headers: [...request.headers, ...own] }
    const signature = await signRsa(secret, utf8(paypalSignedString(unsigned, settings.webhookId)))
    return { ...unsigned, headers: [...unsigned.headers, ['PAYPAL-TRANSMISSION-SIG', signature]] }
  },
}

export function paypalSignedString(request: InboundRequest, webhookId: string | undefined): string {
  if (!webhookId) {
    const message = 'Give `settings.webhookId`, the id that PayPal gave the webhook.'
    throw new WebhookError('secret_missing', message)
  }
  const id = header(request, 'PAYPAL-TRANSMISSION-ID')
  const time = header(request, 'PAYPAL-TRANSMISSION-TIME')
  return `${id}|${time}|${webhookId}|${crc32(request.body)}`
}

function header(request: InboundRequest, name: string): string {
  const value = headerValue(request, name)
  if (value) return value
  throw new WebhookError('signature_missing', `The header ${name} is missing.`)
}
