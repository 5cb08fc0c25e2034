import { Resolver as CaresResolver } from 'node:dns/promises'
import { parseAddress } from './addresses.ts'
import { Lru } from './lru.ts'
import { type AddressSet, toAddressSet } from './url.ts'

// Names to addresses, by c-ares: dns.lookup() runs two questions at a time by default, so two
// hanging names would stall all others. It reads no hosts file and appends no search domain.
// Equal questions share one look-up, and an answer is kept no longer than 30 s.

export type LookupFailure = {
  readonly kind: 'failed'
  /** `resolver_down` is ours, not the endpoint's: no name server of ours said anything. */
  readonly detail: 'not_found' | 'no_address' | 'unavailable' | 'resolver_down'
  readonly note: string
}

export type Resolver = {
  /** At once when the answer is known and fresh. Never rejects. */
  lookup(name: string): AddressSet | LookupFailure | Promise<AddressSet | LookupFailure>
  close(): void
}

type Found = { address: string; ttl: number }
type Family = { found: Found[] } | { code: string }
/** One family's records, by default from c-ares; rejects with an error that has a `code`. */
export type Ask = (name: string, family: 4 | 6) => Promise<Found[]>

export type ResolverOptions = {
  /** `BELLWIRE_EGRESS_DNS`; by default what the system uses. */
  servers?: readonly string[]
  budgetMs?: number
  maxNames?: number
  now?: () => number
  ask?: Ask
}

const BUDGET_MS = 3_000
/** Once one family has answered, how long the other is waited for. */
const GRACE_MS = 1_000
const MIN_TTL_MS = 1_000
const MAX_TTL_MS = 30_000
const FAILURE_TTL_MS = 5_000
const MAX_NAMES = 10_000

type Known = { answer: AddressSet | LookupFailure; until: number }

export function createResolver(options: ResolverOptions = {}) {
  // Not the time of day, which somebody may set: an answer would be kept for as long as that was back.
  const { budgetMs = BUDGET_MS, now = () => performance.now() } = options
  const cares = createCares(options.servers)
  const ask = options.ask ?? cares.ask
  const known = new Lru<string, Known>(options.maxNames ?? MAX_NAMES)
  const underWay = new Map<string, Promise<AddressSet | LookupFailure>>()
  let heardAt = Number.NEGATIVE_INFINITY
  let silentAt = Number.NEGATIVE_INFINITY
  let probing = false

  function family(name: string, which: 4 | 6): Promise<Family> {
    return ask(name, which).then(
      (found) => {
        heardAt = now()
        return { found }
      },
      (error: { code?: string }) => {
        const code = error.code ?? 'unknown'
        if (!SILENCE.has(code)) heardAt = now()
        return { code }
      },
    )
  }

  // If nothing comes, is it the name or our name server? Every server answers this one by itself.
  function probe(startedAt: number) {
    if (probing || heardAt >= startedAt) return
    probing = true
    void family('localhost', 4).finally(() => {
      probing = false
    })
  }

  async function find(name: string): Promise<AddressSet | LookupFailure> {
    const startedAt = now()
    const asked = [family(name, 4), family(name, 6)]
    const doubt = setTimeout(() => probe(startedAt), budgetMs / 3)
    const families = await firstUseful(asked, budgetMs)
    clearTimeout(doubt)
    const { answer, ttlMs } = combine(name, families, heardAt >= startedAt)
    if ('detail' in answer && answer.detail === 'resolver_down') silentAt = now()
    known.set(name, { answer, until: now() + ttlMs })
    return answer
  }

  return {
    lookup(name: string) {
      const hit = known.get(name)
      if (hit !== undefined && hit.until > now()) return hit.answer
      let pending = underWay.get(name)
      if (pending === undefined) {
        pending = find(name).finally(() => underWay.delete(name))
        underWay.set(name, pending)
      }
      return pending
    },
    /** No name server has said anything since a look-up that none answered. */
    isDown: () => silentAt > heardAt,
    close() {
      known.clear()
      cares.cancel()
    },
  }
}

// Codes of c-ares that mean "no name server was heard", as opposed to "it said no".
const SILENCE = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'EDESTRUCTION', 'silence'])

/** Both families, or what there is when the budget, or the grace after a success, is used up. */
function firstUseful(asked: Promise<Family>[], budgetMs: number): Promise<Family[]> {
  const families: Family[] = asked.map(() => ({ code: 'silence' }))
  return new Promise((resolve) => {
    let open = asked.length
    let timer = setTimeout(done, budgetMs)
    const endsAt = performance.now() + budgetMs
    function done() {
      clearTimeout(timer)
      resolve([...families])
    }
    asked.forEach((promise, i) => {
      void promise.then((family) => {
        families[i] = family
        open -= 1
        if (open === 0) return done()
        if (!('found' in family) || family.found.length === 0) return
        clearTimeout(timer)
        timer = setTimeout(done, Math.min(GRACE_MS, endsAt - performance.now()))
      })
    })
  })
}

function combine(name: string, families: Family[], heard: boolean) {
  const found = families.flatMap((family) => ('found' in family ? family.found : []))
  const addresses = found.map(({ address }) => parseAddress(address))
  if (addresses.length > 0 && !addresses.includes(null)) {
    const seconds = Math.min(...found.map(({ ttl }) => ttl))
    const ttlMs = Math.min(Math.max(seconds * 1_000, MIN_TTL_MS), MAX_TTL_MS)
    return { answer: toAddressSet(addresses.filter((address) => address !== null)), ttlMs }
  }
  const codes = families.map((family) => ('code' in family ? family.code : 'empty'))
  const detail = failureDetail(codes, heard)
  const answer: LookupFailure = { kind: 'failed', detail, note: `${name}: ${codes.join(', ')}` }
  return { answer, ttlMs: FAILURE_TTL_MS }
}

function failureDetail(codes: string[], heard: boolean): LookupFailure['detail'] {
  if (codes.includes('ENOTFOUND')) return 'not_found'
  if (codes.every((code) => code === 'ENODATA' || code === 'empty')) return 'no_address'
  return heard ? 'unavailable' : 'resolver_down'
}

function createCares(servers: readonly string[] | undefined) {
  // One channel for all names: a hanging one must not be cancelled at the cost of the others, so
  // each question ends by itself, two tries of 1.4 s.
  const channel = new CaresResolver({ timeout: 1_400, tries: 2, maxTimeout: 1_400 })
  if (servers !== undefined && servers.length > 0) channel.setServers(servers)
  const ask: Ask = (name, family) =>
    family === 4 ? channel.resolve4(name, { ttl: true }) : channel.resolve6(name, { ttl: true })
  return { ask, cancel: () => channel.cancel() }
}
