import { type Address, contains, ipv4Address, type Prefix, parsePrefix } from './addresses.ts'

// Through a NAT64 prefix an IPv4 address is reached under an IPv6 one, so what counts is the IPv4
// address inside. RFC 6052 §2.2: bits 64 to 71 are skipped; only /96 ends with the address.

const WELL_KNOWN = parsePrefix('64:ff9b::/96')!
const LENGTHS = [32, 40, 48, 56, 64, 96]

/** The IPv4 address inside, or null when the address lies in no NAT64 prefix. */
export function decodeNat64(address: Address, prefixes: readonly Prefix[]): Address | null {
  if (address.family === 4) return null
  if (contains(WELL_KNOWN, address.bytes)) return embedded(address.bytes, 96)
  for (const prefix of prefixes) {
    if (contains(prefix, address.bytes)) return embedded(address.bytes, prefix.bits)
  }
  return null
}

/** `BELLWIRE_EGRESS_NAT64`: prefixes separated by commas. Throws when one is not usable. */
export function parseNat64(text: string): Prefix[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  return entries.map((entry) => {
    const prefix = parsePrefix(entry)
    if (prefix === null || prefix.family === 4 || !LENGTHS.includes(prefix.bits)) {
      throw new Error(`"${entry}" is not an IPv6 prefix of length /32 /40 /48 /56 /64 or /96`)
    }
    return prefix
  })
}

// RFC 7050: ipv4only.arpa has only these two IPv4 addresses, so an AAAA answer was synthesised.
const ONLY_IPV4 = ['192.0.0.170', '192.0.0.171']

/** The prefix that the network's DNS64 put around `ipv4only.arpa`, if this is such an answer. */
export function revealedPrefix(answer: Address): Prefix | null {
  if (answer.family === 4) return null
  for (const bits of LENGTHS.toReversed()) {
    if (!ONLY_IPV4.includes(embedded(answer.bytes, bits).text)) continue
    const bytes = new Uint8Array(16)
    bytes.set(answer.bytes.subarray(0, bits / 8))
    return { family: 6, bytes, bits }
  }
  return null
}

function embedded(bytes: Uint8Array, bits: number): Address {
  const inside = new Uint8Array(4)
  let from = bits / 8
  for (let i = 0; i < 4; i++) {
    if (from === 8) from++
    inside[i] = bytes[from++]!
  }
  return ipv4Address(inside)
}
