const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Standard, padded base64 and nothing else; null otherwise. Lenient decoders skip what they don't
 * know, so a mistyped prefix would silently become a different key.
 */
export function decodeBase64(text: string): Uint8Array | null {
  if (!BASE64.test(text)) return null
  const binary = atob(text)
  // The last character may carry bits that no byte uses: one value, one spelling.
  if (btoa(binary) !== text) return null
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}

/** For keys and signatures, which are short: the bytes become arguments. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
