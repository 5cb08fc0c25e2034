// Figures that are read at a scrape. Those from the database are read at most every few seconds,
// however many ask, and a database that does not answer never holds up the others.
import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from './delivery/engine.ts'
import type { Metrics } from './metrics.ts'
import type { Store } from './store/connect.ts'
import { type QueueDepth, readQueueDepth } from './store/queue-depth.ts'

const FRESH_MS = 5_000
const PATIENCE_MS = 1_000

type Parts = { store: Store; engine: Engine | null; accepting(): number }

export function addGauges(metrics: Metrics, { store, engine, accepting }: Parts) {
  const depth = createDepth(store)
  const { gauge } = metrics
  const fromDepth = (name: string, help: string, pick: (depth: QueueDepth) => number) =>
    gauge(name, {
      help,
      // Every process sees the same queue.
      over: 'max',
      async read(set) {
        const known = await depth()
        if (known !== null) set(pick(known))
      },
    })
  fromDepth(
    'queue_free',
    "Deliveries in nobody's hands, retries included (an estimate above 50000).",
    ({ free }) => free,
  )
  fromDepth(
    'queue_oldest_due_seconds',
    'For how long the oldest due delivery has been waiting to be claimed.',
    ({ oldestDueSeconds }) => oldestDueSeconds,
  )
  fromDepth('nodes', 'Nodes whose heartbeats arrive.', ({ nodes }) => nodes)
  gauge('processes', {
    help: 'Processes whose figures these are.',
    read: (set) => set(1),
  })
  gauge('accept_waiting', {
    help: 'Messages waiting for their commit on this node.',
    read: (set) => set(accepting()),
  })
  gauge('pool_connections', {
    help: 'Connections to PostgreSQL, by pool and state.',
    read(set) {
      const pools = { api: store.pool, hot: store.hot, beats: store.beats }
      for (const [name, pool] of Object.entries(pools)) {
        set(pool.totalCount - pool.idleCount, { pool: name, state: 'busy' })
        set(pool.idleCount, { pool: name, state: 'idle' })
        set(pool.waitingCount, { pool: name, state: 'waiting' })
      }
    },
  })
  if (engine === null) return
  gauge('clock_offset_seconds', {
    help: "How far this machine's clock is ahead of the database's.",
    over: 'max',
    read: (set) => set(engine.clockOffsetMs() / 1000),
  })
  gauge('held', {
    help: 'Deliveries in the hands of this node.',
    read: (set) => set(engine.counts().held),
  })
  gauge('held_bytes', {
    help: 'Payload bytes in the hands of this node.',
    read: (set) => set(engine.counts().heldBytes),
  })
  gauge('in_flight', {
    help: 'Requests that this node waits for.',
    read: (set) => set(engine.counts().inFlight),
  })
}

function createDepth({ db }: Store) {
  let reading: Promise<QueueDepth | null> = Promise.resolve(null)
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - readAt > FRESH_MS) {
      readAt = performance.now()
      reading = readQueueDepth(db).catch(() => null)
    }
    return Promise.race([reading, delay(PATIENCE_MS, null, { ref: false })])
  }
}
