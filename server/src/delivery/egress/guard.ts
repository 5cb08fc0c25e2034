import { neverReachable, specialRow } from './address-table.ts'
import { type Address, type Prefix, parseAddress } from './addresses.ts'
import { type AllowList, admitsPort, isAllowListed } from './allow-list.ts'
import { decodeNat64 } from './nat64.ts'
import { createOwnAddresses } from './own-addresses.ts'
import { defaultPortRule, type PortRule } from './ports.ts'
import { type Refusal, refuseLearnt, refuseTyped } from './refusal.ts'
import type { LookupFailure, Resolver } from './resolver.ts'
import { type AddressSet, parseTarget, type Target, toAddressSet } from './url.ts'

// Which addresses may be called. Steps in this order: parse, scheme, literal address, name, port,
// then DNS. One forbidden answer refuses all of them; the verdict is computed anew at each attempt.
// It must not open a socket: send.ts connects, and only to the set that is returned here.

export type EgressPolicy = {
  allow: AllowList
  ports?: PortRule
  /** May grow while running: prefixes that the network's DNS64 reveals. */
  nat64?: readonly Prefix[]
  httpsOnly?: boolean
  /** Addresses of this machine by their keys; by default what the interfaces say. */
  ownAddresses?: () => ReadonlySet<string>
  /** Bellwire's own sockets, database and metrics: refused whatever the allow list holds. */
  ownListeners?: (address: string, port: number, path: string) => boolean
  /**
   * Bins of this server, for which anybody may send: the one thing of our own that is open, whatever
   * the allow list holds. Without an address it is asked of the URL alone.
   */
  ownBins?: (target: Pick<Target, 'host' | 'port' | 'path'>, address: string | null) => boolean
}

export type Resolution = AddressSet | LookupFailure | { kind: 'refused'; refusal: Refusal }

export type Guard = {
  /** What can be said of a URL without asking DNS. */
  checkUrl(url: URL | string): Refusal | null
  /** For creation and update: a name that fails to resolve passes, it may come later. */
  checkNow(url: URL | string): Promise<Refusal | null>
  /** For an attempt: the addresses to connect to. At once when DNS need not be asked. */
  resolve(target: Target): Resolution | Promise<Resolution>
}

const MAX_ADDRESSES = 32
const LOCALHOST = [parseAddress('127.0.0.1')!, parseAddress('::1')!]

export function createGuard(policy: EgressPolicy, resolver: Resolver): Guard {
  const complete = { ownAddresses: createOwnAddresses(), ...policy }
  return {
    checkUrl(url) {
      const judged = judgeUrl(url, complete)
      return 'reason' in judged ? judged : null
    },
    async checkNow(url) {
      const judged = judgeUrl(url, complete)
      if ('reason' in judged) return judged
      const resolution = await resolveDestination(judged, complete, resolver)
      return resolution.kind === 'refused' ? resolution.refusal : null
    },
    resolve: (target) => resolveDestination(target, complete, resolver),
  }
}

/** The part that needs no DNS: the target, or why it is refused. */
export function judgeUrl(url: URL | string, policy: EgressPolicy): Target | Refusal {
  const target = parseTarget(url)
  if ('reason' in target) return target
  return judgeTarget(target, policy) ?? target
}

export function resolveDestination(
  target: Target,
  policy: EgressPolicy,
  resolver: Resolver,
): Resolution | Promise<Resolution> {
  const refusal = judgeTarget(target, policy)
  if (refusal !== null) return { kind: 'refused', refusal }
  if (target.literal !== null) return target.literal
  if (target.nameKind === 'localhost') return toAddressSet(openLocalhost(target, policy))

  const answer = resolver.lookup(target.host)
  if (answer instanceof Promise) return answer.then((late) => judgeAnswer(late, target, policy))
  return judgeAnswer(answer, target, policy)
}

function judgeTarget(target: Target, policy: EgressPolicy): Refusal | null {
  const { host, port, secure, literal } = target
  if (policy.httpsOnly && !secure) return refuseTyped('scheme', 'http', 'only https is allowed')

  if (literal !== null) {
    const [address] = literal.addresses
    const verdict = judgeAddress(address!, target, policy)
    if (verdict !== 'listed' && verdict !== 'public') {
      return refuseTyped('address', host, `${host}: ${verdict}`)
    }
    const open = port !== 0 && (verdict === 'listed' || isPortOpen(port, policy))
    return open ? null : refusePort(port)
  }
  switch (target.nameKind) {
    case 'public':
      // A closed port may still be open in the allow list: then every answer must lie there.
      if (isPortOpen(port, policy) || admitsPort(policy.allow, port)) return null
      return policy.ownBins?.(target, null) ? null : refusePort(port)
    case 'special':
      if (admitsPort(policy.allow, port) || policy.ownBins?.(target, null)) return null
      return refuseTyped('name', host, 'special-use name, and no allow-list entry for its port')
    case 'localhost':
      if (port === 0) return refusePort(port)
      if (openLocalhost(target, policy).length > 0) return null
      return refuseTyped('name', host, 'loopback is not in the allow list')
    default:
      return refuseTyped('name', host, 'malformed or a metadata service')
  }
}

function judgeAnswer(
  answer: AddressSet | LookupFailure,
  target: Target,
  policy: EgressPolicy,
): Resolution {
  if (answer.kind !== 'addresses') return answer
  const { addresses } = answer
  if (addresses.length > MAX_ADDRESSES) return refuseAnswer(`${addresses.length} addresses`)
  const onlyListed = target.nameKind === 'special' || !isPortOpen(target.port, policy)
  for (const address of addresses) {
    const verdict = judgeAddress(address, target, policy)
    if (verdict === 'listed' || (verdict === 'public' && !onlyListed)) continue
    const why = verdict === 'public' ? 'not in the allow list' : verdict
    return refuseAnswer(`${target.host} is ${address.text}: ${why}`)
  }
  return answer
}

/** `public`, `listed`, or what forbids the address. */
function judgeAddress(address: Address, target: Target, policy: EgressPolicy): string {
  const never = neverReachable(address)
  if (never !== null) return never.what
  const inside = decodeNat64(address, policy.nat64 ?? [])
  if (inside !== null) return judgeAddress(inside, target, policy)
  if (policy.ownBins?.(target, address.text)) return 'listed'

  const row = specialRow(address)
  const listed = row?.open === true && isAllowListed(policy.allow, address, target.port)
  if (row !== null && !listed) return row.what
  if (policy.ownListeners?.(address.text, target.port, target.path)) return 'a socket of Bellwire'
  if (listed) return 'listed'
  return policy.ownAddresses?.().has(address.key) ? 'an address of this machine' : 'public'
}

// Our own answer, not DNS's: so a list that holds only one of the two still opens that one.
function openLocalhost(target: Target, policy: EgressPolicy): Address[] {
  return LOCALHOST.filter((address) => judgeAddress(address, target, policy) === 'listed')
}

function isPortOpen(port: number, policy: EgressPolicy): boolean {
  return port !== 0 && (policy.ports ?? defaultPortRule)(port)
}

function refusePort(port: number): Refusal {
  return refuseTyped('port', String(port), 'not open for destinations outside the allow list')
}

function refuseAnswer(operatorNote: string): Resolution {
  return { kind: 'refused', refusal: refuseLearnt(operatorNote) }
}
