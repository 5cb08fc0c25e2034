// Signatures of Standard Webhooks, on the hot path: node:crypto signs in 3 µs what WebCrypto, which
// the SDK uses because it runs everywhere, needs a trip to a thread for. Both pass the same vectors.
import { createHmac, createSecretKey, sign as signWithKey } from 'node:crypto'
import { keyBytes, privateKeyOf, type SigningSecret } from '../domain/signing-secret.ts'

/** Signs `{id}.{timestamp}.{body}`; made once per key, used for every delivery. */
export type Signer = (head: string, body: Buffer) => string

export function createSigner(secret: SigningSecret): Signer {
  if (secret.kind === 'hmac') {
    const key = createSecretKey(keyBytes(secret))
    return (head, body) =>
      `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`
  }
  const key = privateKeyOf(keyBytes(secret))
  return (head, body) =>
    `v1a,${signWithKey(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64')}`
}
