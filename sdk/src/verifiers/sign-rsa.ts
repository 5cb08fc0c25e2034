import { type Bytes, decodeBytes, encodeBytes } from '../verification/encoding.ts'
import { WebhookError } from '../verification/webhook-error.ts'

/** RSA PKCS #1 v1.5 with SHA-256, in base64; the key is PKCS #8 in PEM. For tests and `trigger`. */
export async function signRsa(pem: string, content: Bytes): Promise<string> {
  const encoded = pem.replace(/-----(?:BEGIN|END) PRIVATE KEY-----/g, '').replace(/\s+/g, '')
  const der = decodeBytes(encoded, 'base64')
  if (der === null) throw new WebhookError('secret_missing', 'The private key is no PKCS #8 PEM.')
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  return encodeBytes(
    new Uint8Array(await crypto.subtle.sign(algorithm.name, key, content)),
    'base64',
  )
}
