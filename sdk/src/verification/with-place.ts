import type { Place, Scheme } from './scheme.ts'

/** The scheme with the signature, or the secret, where the user said that it is. */
export function withPlace(scheme: Scheme, place: Place): Scheme {
  switch (scheme.kind) {
    case 'hmac': {
      const { prefix, list } = scheme.signature
      return {
        ...scheme,
        signature: { ...place, ...(prefix && { prefix }), ...(list && { list }) },
      }
    }
    case 'secret':
      return { ...scheme, in: place }
    case 'jwt':
      return { ...scheme, in: place }
    case 'publicKey':
    case 'custom':
      throw new TypeError(`The place of a ${scheme.kind} scheme is fixed.`)
    default:
      return scheme satisfies never
  }
}
