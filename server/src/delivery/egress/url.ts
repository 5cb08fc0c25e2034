import { type Address, parseAddress } from './addresses.ts'
import { type NameKind, nameKind } from './names.ts'
import { type Refusal, refuseTyped } from './refusal.ts'

// A URL is parsed once. From here on only the parsed target exists: it is checked, shown, resolved,
// and used for Host, SNI and the request line, so no two readers can disagree about it.

/** Addresses that were learnt together; `key` is equal for equal sets, whatever their order. */
export type AddressSet = {
  readonly kind: 'addresses'
  readonly addresses: readonly Address[]
  readonly key: string
}

export type Target = {
  /** As stored and shown: normalised, without credentials, fragment and trailing dot of the host. */
  readonly href: string
  readonly origin: string
  readonly secure: boolean
  /** Name or address, without brackets. */
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
  readonly literal: AddressSet | null
  readonly nameKind: NameKind | null
}

export function parseTarget(input: URL | string): Target | Refusal {
  let url: URL
  try {
    url = new URL(input)
  } catch {
    return refuseTyped('unparsable', '', 'the URL parser refused it')
  }
  const { protocol } = url
  if (protocol !== 'http:' && protocol !== 'https:') {
    return refuseTyped('scheme', protocol.slice(0, 32), 'neither http nor https')
  }
  url.hash = ''
  url.username = ''
  url.password = ''
  // The setter parses again: what is left after the dot may be an address (127.0.0.1..).
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1)

  const { hostname } = url
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const literal = parseAddress(host)
  const secure = protocol === 'https:'
  return {
    href: url.href,
    origin: url.origin,
    secure,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    literal: literal && toAddressSet([literal]),
    nameKind: literal ? null : nameKind(host),
  }
}

export function toAddressSet(addresses: readonly Address[]): AddressSet {
  return {
    kind: 'addresses',
    addresses,
    key: addresses
      .map((address) => address.key)
      .sort()
      .join(' '),
  }
}
