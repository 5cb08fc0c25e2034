// The signature in a header of the receiver's own, made ready once per endpoint.
import { createHmac, createSecretKey } from 'node:crypto'
import { type HeaderSignature, keyOf } from '../../domain/header-signature.ts'
import { piecesOf, SIGNED_NAMES, VALUE_NAMES } from '../../domain/signature-template.ts'

type Facts = { id: string; now: Date; method: string; url: string; body: Buffer }

/** Names and values in turn. */
export type HeaderSigner = (facts: Facts) => string[]

export function createHeaderSigner(signature: HeaderSignature): HeaderSigner {
  const { header, algorithm, encoding, timestampHeader, timestampUnit, idHeader } = signature
  const key = createSecretKey(keyOf(signature)!)
  const pieces = piecesOf(signature.signed, SIGNED_NAMES)
  const value = piecesOf(signature.value, VALUE_NAMES)

  return ({ id, now, method, url, body }) => {
    const timestamp = timeIn(timestampUnit, now)
    const parts = { body, timestamp, id, method, url }
    const hmac = createHmac(algorithm, key)
    for (const piece of pieces) hmac.update('text' in piece ? piece.text : parts[piece.name])
    const shown = { signature: hmac.digest(encoding), timestamp, id }
    const text = value.map((piece) => ('text' in piece ? piece.text : shown[piece.name])).join('')
    return [
      ...[header, text],
      ...(timestampHeader === null ? [] : [timestampHeader, timestamp]),
      ...(idHeader === null ? [] : [idHeader, id]),
    ]
  }
}

function timeIn(unit: HeaderSignature['timestampUnit'], now: Date): string {
  switch (unit) {
    case 'seconds':
      return String(Math.floor(now.getTime() / 1000))
    case 'milliseconds':
      return String(now.getTime())
    case 'iso':
      return now.toISOString()
    default:
      return unit satisfies never
  }
}
