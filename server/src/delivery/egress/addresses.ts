import { isIPv4, isIPv6 } from 'node:net'

// Addresses are compared as numbers, never as text: one address has many spellings.
// A mapped IPv4 address (::ffff:a.b.c.d) is an IPv6 address here and equals no IPv4 address.

export type Address = {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
  readonly text: string
  /** Equal for equal addresses, whatever their spelling. */
  readonly key: string
}

export type Prefix = {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
  readonly bits: number
}

/** An IP literal without brackets; null for anything else, zones (`fe80::1%eth0`) included. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return toAddress(ipv4Bytes(text), text)
  if (isIPv6(text) && !text.includes('%')) return toAddress(ipv6Bytes(text), text)
  return null
}

/** `10.0.0.0/8` or `fd00::/8`; null when it is not of that form. Host bits are kept as given. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? '' : text.slice(0, slash))
  const length = text.slice(slash + 1)
  if (address === null || !/^\d{1,3}$/.test(length)) return null
  const bits = Number(length)
  if (bits > address.bytes.length * 8) return null
  return { family: address.family, bytes: address.bytes, bits }
}

export function contains(prefix: Prefix, bytes: Uint8Array): boolean {
  if (prefix.bytes.length !== bytes.length) return false
  const whole = prefix.bits >> 3
  for (let i = 0; i < whole; i++) {
    if (prefix.bytes[i] !== bytes[i]) return false
  }
  const rest = prefix.bits & 7
  return rest === 0 || (prefix.bytes[whole]! ^ bytes[whole]!) >> (8 - rest) === 0
}

export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  return inner.bits >= outer.bits && contains(outer, inner.bytes)
}

export function hasHostBits({ bytes, bits }: Prefix): boolean {
  return bytes.some((byte, i) => {
    const own = Math.min(Math.max(bits - i * 8, 0), 8)
    return (byte & (0xff >> own)) !== 0
  })
}

export function ipv4Address(bytes: Uint8Array): Address {
  return toAddress(bytes, bytes.join('.'))
}

function toAddress(bytes: Uint8Array, text: string): Address {
  return {
    family: bytes.length === 4 ? 4 : 6,
    bytes,
    text,
    key: Buffer.from(bytes).toString('hex'),
  }
}

function ipv4Bytes(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number)
}

function ipv6Bytes(text: string): Uint8Array {
  const dotted = text.lastIndexOf('.') === -1 ? null : text.slice(text.lastIndexOf(':') + 1)
  const tail = dotted === null ? null : ipv4Bytes(dotted)
  const plain = dotted === null ? text : text.slice(0, -dotted.length)
  const [before = '', after] = plain.split('::')
  const head = hextets(before)
  const rest = after === undefined ? [] : hextets(after)
  const bytes = new Uint8Array(16)
  const end = tail === null ? 16 : 12
  bytes.set(head)
  bytes.set(rest, end - rest.length)
  if (tail !== null) bytes.set(tail, 12)
  return bytes
}

function hextets(text: string): number[] {
  return text
    .split(':')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const value = Number.parseInt(part, 16)
      return [value >> 8, value & 0xff]
    })
}
