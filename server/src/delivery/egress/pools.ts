import net from 'node:net'
import type { SecureContext } from 'node:tls'
import type { OpenSocket } from './connect.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { Lru } from './lru.ts'
import { POOL_LIMITS, Pool, type PoolLimits } from './pool.ts'
import { createSecureContext, protocolsOf, type TlsIdentity } from './tls-identity.ts'
import type { AddressSet, Target } from './url.ts'

// Sockets that are kept alive, per scheme, host, port, judged addresses and TLS identity. When DNS
// answers with another set, the pool is retired: a kept socket would skip the verdict on it.

export type PoolsOptions = {
  limits?: Partial<PoolLimits>
  /** `BELLWIRE_EGRESS_CA_FILE`: added to Node's list. */
  extraCa?: readonly string[]
  openSocket?: OpenSocket
  onUnexpected: (error: unknown) => void
}

export type PoolStats = { pools: number; sockets: number; idle: number; waiting: number }

export type Pools = {
  /** The pool for this target and exactly these addresses. */
  get(target: Target, addresses: AddressSet, tls?: TlsIdentity): Pool
  stats(): PoolStats
  destroy(): void
}

/** Some 60 KB each; a socket that is open keeps its own anyway. */
const MAX_CONTEXTS = 1_000

export function createPools(options: PoolsOptions): Pools {
  const limits = { ...POOL_LIMITS, ...options.limits }
  const openSocket = options.openSocket ?? net.connect
  const kept = { count: 0 }
  const pools = new Map<string, Pool>()
  // Retired ones live until their last exchange ends; close() must reach those too.
  const retired = new Set<Pool>()
  let defaultContext: SecureContext | undefined

  const contexts = new Lru<string, SecureContext>(MAX_CONTEXTS)

  function contextOf(identity: TlsIdentity | undefined): SecureContext {
    if (identity?.cert === undefined && identity?.ca === undefined) {
      defaultContext ??= createSecureContext(options.extraCa ?? [])
      return defaultContext
    }
    const known = contexts.get(identity.id)
    if (known !== undefined) return known
    const made = createSecureContext(options.extraCa ?? [], identity)
    contexts.set(identity.id, made)
    return made
  }

  function create(target: Target, addresses: AddressSet, tls: TlsIdentity | undefined): Pool {
    const shared: Omit<ConnectionOptions, 'onClosed'> = {
      keepAliveMs: limits.keepAliveMs,
      maxHeaderBytes: limits.maxHeaderBytes,
      dial: {
        ...{ target, addresses, openSocket },
        protocols: protocolsOf(tls),
        secureContext: target.secure ? () => contextOf(tls) : null,
      },
      sessions: { last: undefined },
      onUnexpected: options.onUnexpected,
    }
    return new Pool(
      addresses,
      { limits, kept },
      (onClosed) => new Connection({ ...shared, onClosed }),
    )
  }

  function retire(key: string, pool: Pool) {
    pools.delete(key)
    pool.retire()
    for (const old of retired) if (old.isQuiet) retired.delete(old)
    if (!pool.isQuiet) retired.add(pool)
  }

  /** The least recently used goes, a quiet one among the oldest first. */
  function makeRoom() {
    let looked = 0
    for (const [key, pool] of pools) {
      if (pool.isQuiet) return retire(key, pool)
      if (++looked === 64) break
    }
    const oldest = pools.entries().next()
    if (!oldest.done) retire(...oldest.value)
  }

  return {
    get(target, addresses, tls) {
      const key = tls === undefined ? target.origin : `${target.origin} ${tls.id}`
      let pool = pools.get(key)
      if (pool !== undefined && !isSameSet(pool.addresses, addresses)) {
        retire(key, pool)
        pool = undefined
      }
      if (pool === undefined) {
        if (pools.size >= limits.maxPools) makeRoom()
        pool = create(target, addresses, tls)
      } else {
        pools.delete(key)
      }
      pools.set(key, pool)
      return pool
    },
    stats() {
      const sum = { pools: pools.size, sockets: 0, idle: 0, waiting: 0 }
      for (const pool of [...pools.values(), ...retired]) {
        const { sockets, idle, waiting } = pool.stats
        sum.sockets += sockets
        sum.idle += idle
        sum.waiting += waiting
      }
      return sum
    },
    destroy() {
      for (const pool of [...pools.values(), ...retired]) pool.destroy()
      pools.clear()
      retired.clear()
    },
  }
}

function isSameSet(a: AddressSet, b: AddressSet): boolean {
  return a === b || a.key === b.key
}
