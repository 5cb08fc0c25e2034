import type { Connection } from './connection.ts'
import type { AddressSet } from './url.ts'

// The sockets to one judged set of addresses, and who waits for one. A connection is busy with one
// exchange, idle, or gone.

export type PoolLimits = {
  connectionsPerPool: number
  /** Over all pools. */
  maxKept: number
  maxPools: number
  keepAliveMs: number
  maxSocketAgeMs: number
  maxHeaderBytes: number
}

export const POOL_LIMITS: PoolLimits = {
  connectionsPerPool: 128,
  maxKept: 10_000,
  maxPools: 10_000,
  keepAliveMs: 10_000,
  maxSocketAgeMs: 300_000,
  maxHeaderBytes: 16_384,
}

/** Who gets a connection: at once or when one is free. */
export type Waiter = {
  /** False when it gave up meanwhile. */
  wants(): boolean
  /** True after a kept socket turned out to be dead. */
  needsFresh(): boolean
  use(connection: Connection): void
}

/** What all pools keep open for a next exchange. */
export type Kept = { count: number }

export class Pool {
  readonly addresses: AddressSet
  readonly #make: (onClosed: (connection: Connection) => void) => Connection
  readonly #limits: PoolLimits
  readonly #kept: Kept
  readonly #idle: Connection[] = []
  readonly #busy = new Set<Connection>()
  #waiting: Waiter[] = []
  #retired = false

  constructor(
    addresses: AddressSet,
    { limits, kept }: { limits: PoolLimits; kept: Kept },
    make: (onClosed: (connection: Connection) => void) => Connection,
  ) {
    this.addresses = addresses
    this.#limits = limits
    this.#kept = kept
    this.#make = make
  }

  get stats() {
    const idle = this.#idle.length
    return { idle, sockets: idle + this.#busy.size, waiting: this.#waiting.length }
  }

  get isQuiet(): boolean {
    return this.#busy.size === 0 && this.#waiting.length === 0
  }

  /** True when a connection was given at once. */
  acquire(waiter: Waiter): boolean {
    const kept = waiter.needsFresh() ? undefined : this.#takeIdle()
    const connection = kept ?? this.#takeNew()
    if (connection === undefined) {
      this.#waiting.push(waiter)
      return false
    }
    this.#busy.add(connection)
    waiter.use(connection)
    return true
  }

  /** The exchange ended well, so the socket may serve another. */
  release(connection: Connection): void {
    if (!this.#busy.delete(connection)) return
    const isWanted = !this.#retired && this.#kept.count < this.#limits.maxKept
    if (isWanted && connection.isOpen && !this.#isOld(connection)) {
      this.#idle.push(connection)
      this.#kept.count++
    } else connection.destroy()
    this.#serveNext()
  }

  /** Something went wrong on it: never used again. */
  discard(connection: Connection): void {
    if (!this.#busy.delete(connection)) return
    connection.destroy()
    this.#serveNext()
  }

  /** No new work; idle sockets go now, busy ones when their exchange ends. */
  retire(): void {
    this.#retired = true
    this.#kept.count -= this.#idle.length
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  destroy(): void {
    this.retire()
    for (const connection of this.#busy) connection.destroy()
  }

  // Last in, first out: under a light load few sockets stay warm and the others end by age.
  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined) return undefined
      this.#kept.count--
      if (connection.isOpen && !this.#isOld(connection)) return connection
      connection.destroy()
    }
  }

  #takeNew(): Connection | undefined {
    const room = this.#limits.connectionsPerPool - this.#busy.size
    if (room <= 0) return undefined
    // Idle ones count as well, so make place for a fresh one.
    while (this.#idle.length >= room) {
      this.#kept.count--
      this.#idle.shift()!.destroy()
    }
    return this.#make((closed) => this.#forget(closed))
  }

  #forget(connection: Connection): void {
    const at = this.#idle.indexOf(connection)
    if (at === -1) return
    this.#idle.splice(at, 1)
    this.#kept.count--
    connection.destroy()
  }

  #isOld({ bornAt }: Connection): boolean {
    return performance.now() - bornAt > this.#limits.maxSocketAgeMs
  }

  #serveNext(): void {
    while (this.#waiting.length > 0 && this.#busy.size < this.#limits.connectionsPerPool) {
      const waiter = this.#waiting.shift()!
      if (waiter.wants()) this.acquire(waiter)
    }
  }
}
