// What one node tells the others at once: NOTIFY after the commit, LISTEN on a connection of its own.
// Nothing depends on it: whatever is announced is also found by looking, a second or so later, so a
// pooler that passes no notifications on (PgBouncer in transaction mode) costs time and nothing else.
import pg from 'pg'
import { newUuid } from '../domain/ids.ts'
import type { Connection, Pool } from './connect.ts'

/**
 * `due`: free deliveries are due. `task`: a background task was made. `access`: a token was revoked or
 * changed. `endpoint`: that one was changed. `capture`: something came to a bin that is listened to.
 * `answer`: its listener has answered. `missed`: anything of that may have happened unheard.
 */
export type Announcement = { kind: 'due' | 'task' | 'access' | 'missed' } | Named

export type Named = { kind: (typeof NAMED)[number]; id: string }

const NAMED = ['endpoint', 'capture', 'answer'] as const

const CHANNEL = 'bellwire'
/** What is told together goes together; NOTIFY takes a lock that all committers share. */
const GATHER_MS = 10
const RECONNECT_MS = 1_000
/** A connection that has gone silent is noticed within this time. */
const PING_MS = 10_000

type Options = {
  /** Null: nothing is heard, and polls find everything. */
  listenAt: Connection | null
  pool: Pool
  heard(announcement: Announcement): void
  onError(error: Error): void
}

export function createAnnouncements({ listenAt, pool, heard, onError }: Options) {
  const self = newUuid()
  const waiting = new Set<string>()
  let gathering: NodeJS.Timeout | null = null
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | null = null
  let closed = false

  function announce(announcement: Exclude<Announcement, { kind: 'missed' }>) {
    waiting.add(
      'id' in announcement ? `${announcement.kind} ${announcement.id}` : announcement.kind,
    )
    gathering ??= setTimeout(flush, GATHER_MS)
  }

  async function flush() {
    gathering = null
    const lines = [...waiting].map((line) => `${self} ${line}`)
    waiting.clear()
    try {
      await pool.query('select pg_notify($1, line) from unnest($2::text[]) as line', [
        CHANNEL,
        lines,
      ])
    } catch (error) {
      onError(error as Error)
    }
  }

  async function listen(connection: Connection) {
    timer = null
    const own = new pg.Client({
      ...(typeof connection === 'string' ? { connectionString: connection } : connection),
      application_name: 'bellwire listens',
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      keepAlive: true,
    })
    client = own
    own.on('error', onError)
    const later = () => again(own, connection)
    own.on('end', later)
    own.on('notification', ({ payload = '' }) => hear(payload))
    try {
      await own.connect()
      await own.query(`listen ${CHANNEL}`)
      heard({ kind: 'missed' })
      await ping(own, later)
    } catch (error) {
      onError(error as Error)
      await own.end().catch(() => {})
      later()
    }
  }

  /** Throws when the server no longer answers. */
  async function ping(own: pg.Client, later: () => void) {
    if (closed || client !== own) return
    await own.query('select')
    timer = setTimeout(() => {
      ping(own, later).catch((error: Error) => {
        onError(error)
        void own.end().catch(() => {})
        later()
      })
    }, PING_MS)
    timer.unref()
  }

  /** Once for each connection, however many of its troubles are reported. */
  function again(own: pg.Client, connection: Connection) {
    if (closed || client !== own) return
    client = null
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => void listen(connection), RECONNECT_MS)
    timer.unref()
  }

  function hear(payload: string) {
    const [from, kind, id] = payload.split(' ')
    if (from === self) return
    const named = NAMED.find((each) => each === kind)
    if (named !== undefined && id !== undefined) heard({ kind: named, id })
    if (kind === 'due' || kind === 'task' || kind === 'access') heard({ kind })
  }

  if (listenAt !== null) void listen(listenAt)

  return {
    /** Tells the other nodes, a moment later and at most once for what is told many times over. */
    announce,
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      if (gathering !== null) {
        clearTimeout(gathering)
        await flush()
      }
      await client?.end().catch(() => {})
    },
  }
}
