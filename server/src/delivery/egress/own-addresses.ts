import { networkInterfaces } from 'node:os'
import { parseAddress } from './addresses.ts'

const RECOMPUTE_AFTER_MS = 30_000

/** The addresses of this machine's interfaces, by their keys. Read again at most every 30 s. */
export function createOwnAddresses(
  now: () => number = Date.now,
  interfaces: typeof networkInterfaces = networkInterfaces,
): () => ReadonlySet<string> {
  let known: ReadonlySet<string> = new Set()
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    if (now() - readAt < RECOMPUTE_AFTER_MS) return known
    readAt = now()
    const texts = Object.values(interfaces()).flatMap((list) => list?.map((own) => own.address))
    const addresses = texts.map((text) => parseAddress(text ?? '')).filter((own) => own !== null)
    known = new Set(addresses.map((own) => own.key))
    return known
  }
}
