import { type Address, contains, type Prefix, parsePrefix } from './addresses.ts'

// What may be called, by number. From the IANA special-purpose registries and what clouds put
// beside them. `open`: an operator's allow list may open it; all else stays shut for everybody.

export type Row = { readonly prefix: Prefix; readonly what: string; readonly open: boolean }

const IPV4: Row[] = [
  shut('this host', '0.0.0.0/8'),
  open('private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'),
  open('shared address space', '100.64.0.0/10'),
  open('loopback', '127.0.0.0/8'),
  shut('link-local', '169.254.0.0/16'),
  shut('protocol assignments', '192.0.0.0/24'),
  shut('documentation', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'),
  shut('AS112 and AMT', '192.31.196.0/24', '192.52.193.0/24', '192.175.48.0/24'),
  shut('6to4 relay', '192.88.99.0/24'),
  open('benchmarking', '198.18.0.0/15'),
  shut('multicast and reserved', '224.0.0.0/4', '240.0.0.0/4'),
  shut('Azure platform', '168.63.129.16/32'),
].flat()

// NAT64 prefixes (64:ff9b::/96 and declared ones) are decoded before this table is asked.
const IPV6: Row[] = [
  open('loopback', '::1/128'),
  open('unique local', 'fc00::/7'),
  shut('IPv4-mapped', '::ffff:0:0/96'),
  shut('IPv4-compatible', '::/96'),
  shut('SIIT', '::ffff:0:0:0/96'),
  shut('local NAT64', '64:ff9b:1::/48'),
  shut('Teredo, ORCHID and benchmarking', '2001::/23'),
  shut('6to4', '2002::/16'),
  shut('documentation', '2001:db8::/32', '3fff::/20'),
  shut('discard', '100::/64'),
  shut('segment routing', '5f00::/16'),
  shut('link-local, site-local or multicast', 'fe80::/10', 'fec0::/10', 'ff00::/8'),
].flat()

const NEVER: Row[] = [
  shut('link-local', '169.254.0.0/16'),
  shut('cloud metadata', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32'),
  shut('cloud metadata', 'fd00:ec2::/32', 'fd20:ce::254/128', 'fd00:c1::a9fe:a9fe/128'),
  shut('cloud metadata', 'fd00:42::42/128', 'fd00:a9fe:a9fe::1/128', 'fd00:100::100:200/128'),
].flat()

const NEVER_BY_FAMILY = { 4: ofFamily(NEVER, 4), 6: ofFamily(NEVER, 6) }
const GLOBAL_UNICAST = parsePrefix('2000::/3')!
const ISATAP: Row = { prefix: parsePrefix('::/0')!, what: 'ISATAP', open: false }
const NOT_GLOBAL: Row = { prefix: parsePrefix('::/0')!, what: 'not global unicast', open: false }

/** Shut even where an allow list holds it. */
export function neverReachable({ family, bytes }: Address): Row | null {
  return find(NEVER_BY_FAMILY[family], bytes)
}

/** The row that forbids an address, or null for a public one. */
export function specialRow({ family, bytes }: Address): Row | null {
  if (family === 4) return find(IPV4, bytes)
  const row = find(IPV6, bytes)
  if (row !== null) return row
  if (!contains(GLOBAL_UNICAST, bytes)) return NOT_GLOBAL
  return isIsatap(bytes) ? ISATAP : null
}

export const OPENABLE: readonly Row[] = [...IPV4, ...IPV6].filter((row) => row.open)
export const NEVER_OPEN: readonly Row[] = NEVER

// RFC 5214 §6.1: the interface identifier says it, whatever the prefix.
function isIsatap(bytes: Uint8Array): boolean {
  return (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
}

function find(rows: readonly Row[], bytes: Uint8Array): Row | null {
  for (const row of rows) {
    if (contains(row.prefix, bytes)) return row
  }
  return null
}

function ofFamily(rows: readonly Row[], family: 4 | 6): Row[] {
  return rows.filter((row) => row.prefix.family === family)
}

function open(what: string, ...prefixes: string[]): Row[] {
  return prefixes.map((prefix) => ({ prefix: parsePrefix(prefix)!, what, open: true }))
}

function shut(what: string, ...prefixes: string[]): Row[] {
  return prefixes.map((prefix) => ({ prefix: parsePrefix(prefix)!, what, open: false }))
}
