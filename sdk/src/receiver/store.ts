/**
 * What was handled, so that nothing is handled twice. `reserve` must be atomic. A lease ends by itself
 * when a process dies; `complete` and `fail` do nothing when the lease is another's by now.
 */
export type Store = {
  reserve(key: string, owner: string, leaseSeconds: number): Promise<Reservation>
  /** Handled: keep the key for so long. */
  complete(key: string, owner: string, keepSeconds: number): Promise<void>
  /** Not handled: free at once, so that the provider's retry runs. */
  fail(key: string, owner: string): Promise<void>
  /** Which run this is, from 1. */
  attempt?(key: string): Promise<number>
  /** Default 60 s and 7 days. */
  readonly leaseSeconds?: number
  readonly keepSeconds?: number
}

export type Reservation = 'fresh' | 'in_progress' | 'done'

export type StoreOptions = {
  /** For how long a handled key is kept: longer than the provider retries. Default `7d`. */
  keep?: Duration
  /** How long a run may hold a key: longer than the handler's limit. Default `60s`. */
  lease?: Duration
}

export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 }

export function toSeconds(duration: Duration): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? []
  if (count !== undefined && Number(count) > 0) return Number(count) * SECONDS[unit as 's']
  throw new TypeError(`A duration is such as 60s, 5m, 24h or 7d, not "${duration}".`)
}

export const limitsOf = ({ keep = '7d', lease = '60s' }: StoreOptions) => ({
  keepSeconds: toSeconds(keep),
  leaseSeconds: toSeconds(lease),
})
