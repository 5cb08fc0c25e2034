import type { Prefix } from './addresses.ts'
import { revealedPrefix } from './nat64.ts'
import type { Resolver } from './resolver.ts'

export type Nat64Watch = {
  /** Grows while it runs: hand it to the guard's policy as it is. */
  readonly prefixes: readonly Prefix[]
  /** The first question has been answered, or not. */
  readonly ready: Promise<void>
  stop(): void
}

const HOURLY_MS = 3_600_000

/** Asks at start and hourly what RFC 7050 says: how this network wraps IPv4 addresses, if it does. */
export function watchNat64(
  resolver: Resolver,
  { declared = [], everyMs = HOURLY_MS }: { declared?: readonly Prefix[]; everyMs?: number } = {},
): Nat64Watch {
  const prefixes = [...declared]

  async function look(): Promise<void> {
    const answer = await resolver.lookup('ipv4only.arpa')
    if (answer.kind !== 'addresses') return
    for (const prefix of answer.addresses.map(revealedPrefix)) {
      // Never forgotten again: a wrapped address must not become public by one missing answer.
      if (prefix !== null && !prefixes.some((known) => isSame(known, prefix))) prefixes.push(prefix)
    }
  }

  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return { prefixes, ready: look(), stop: () => clearInterval(timer) }
}

function isSame(a: Prefix, b: Prefix): boolean {
  return a.bits === b.bits && a.bytes.every((byte, i) => byte === b.bytes[i])
}
