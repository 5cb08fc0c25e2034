import { parseJson, readPointer } from '../verification/body.ts'
import { decodeBytes, utf8 } from '../verification/encoding.ts'
import { isSignature } from '../verification/public-key.ts'
import type { CustomVerifier, Settings } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'
import { certificateKey } from './certificate.ts'
import { signRsa } from './sign-rsa.ts'

// Matched against the raw text: a parser would make a harmless path of `\@evil.example`.
const CERTIFICATE = /^https:\/\/sns\.[a-z0-9-]{3,}\.amazonaws\.com(?:\.cn)?\/[A-Za-z0-9._-]+\.pem$/
const CONFIRMATION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
]
const FIELDS: Record<string, string[]> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: CONFIRMATION,
  UnsubscribeConfirmation: CONFIRMATION,
}
const OPTIONAL = 'Subject'
const ALGORITHMS = { '1': 'rsa-sha1', '2': 'rsa-sha256' } as const

/** Everything is in the body. The certificate is only fetched when all else is right. */
export const awsSnsVerifier: CustomVerifier = {
  secretless: true,
  async verify(request, { settings, now, fetchKey }) {
    const message = readMessage(request.body)
    const version = message['SignatureVersion']
    if (version !== '1' && version !== '2') {
      throw new WebhookError('signature_malformed', 'SignatureVersion is neither 1 nor 2.')
    }
    const algorithm = ALGORITHMS[version]
    const bytes = utf8(awsSnsSignedString(message))
    const signature = decodeBytes(text(message, 'Signature'), 'base64')
    if (signature === null) throw new WebhookError('signature_malformed', 'Signature is no base64.')
    assertTopic(text(message, 'TopicArn'), settings)
    const url = text(message, 'SigningCertURL')
    if (!isAwsSnsCertificateUrl(url)) {
      throw new WebhookError('key_untrusted', 'SigningCertURL is not an address of Amazon SNS.')
    }
    const key = await certificateKey({ url, algorithm, now, fetchKey })
    if (await isSignature(algorithm, key, { signature, bytes })) {
      return { secretIndex: 0, skewSeconds: null, bodyAuthenticated: true }
    }
    throw new WebhookError('signature_mismatch', 'The signature is not the certificate’s.')
  },
  /** `secret`: the private key (PKCS #8, PEM) of the certificate at `SigningCertURL`. */
  async sign(request, { secret }) {
    const message = { ...readMessage(request.body), SignatureVersion: '2' }
    const Signature = await signRsa(secret, utf8(awsSnsSignedString(message)))
    return { ...request, body: utf8(JSON.stringify({ ...message, Signature })) }
  },
}

export const isAwsSnsCertificateUrl = (url: string) => CERTIFICATE.test(url)

/** `Name\nValue\n` of each field that is signed. */
export function awsSnsSignedString(message: Record<string, unknown>): string {
  const fields = FIELDS[text(message, 'Type')]
  if (fields === undefined) throw new WebhookError('signature_malformed', 'Type is unknown.')
  return fields
    .filter((name) => name !== OPTIONAL || typeof message[name] === 'string')
    .map((name) => `${name}\n${text(message, name)}\n`)
    .join('')
}

function assertTopic(topic: string, { topicArns }: Settings) {
  if (topicArns === undefined || topicArns.includes(topic)) return
  const message = 'The topic is not among those that may send here.'
  throw new WebhookError('key_untrusted', message)
}

function readMessage(body: Uint8Array): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = parseJson(body)
  } catch (cause) {
    throw new WebhookError('signature_missing', 'The body that is signed is not JSON.', { cause })
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Record<string, unknown>
  }
  throw new WebhookError('signature_missing', 'The body that is signed is no object.')
}

function text(message: Record<string, unknown>, name: string): string {
  const value = Object.hasOwn(message, name) ? readPointer(message, `/${name}`) : undefined
  if (typeof value === 'string') return value
  throw new WebhookError('signature_missing', `The body has no text at /${name}.`)
}
