// Sends numbered messages and keeps a ledger of what it was told. A message without a clear answer is
// sent again under the same eventId until there is one, as a careful publisher does; the server must
// make one message of it.
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

export type Ledger = {
  /** eventId → message id, of those that were answered with 202. */
  accepted: Map<string, string>
  /** Answered with 409: an attempt without an answer had gone through. */
  repeated: Set<string>
  /** Answers that said no (503), and connections that were refused. */
  refused: number
  /** Requests that got no answer, by the time when they were sent. */
  unknown: { sentAt: number; reason: string }[]
  slowestMs: number
}

type Options = { url: string; token: string; app: string }
type Answer = { status: number; id?: string }

/** No request may take longer than this, whatever happens to the server. */
export const LONGEST_MS = 15_000

/** Ends with the test (or file) that made it, also when the server never comes back. */
export function createPublisher({ url, token, app }: Options) {
  let closed = false
  const pool = new Pool(url, { connections: 64, keepAliveTimeout: 60_000 })

  async function post(eventId: string): Promise<Answer> {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: `/api/v1/app/${app}/msg`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ eventType: 'load.test', eventId, payload: { eventId } }),
      headersTimeout: LONGEST_MS * 2,
    })
    const answer = (await body.json()) as { id?: string }
    return { status: statusCode, ...answer }
  }

  async function publishOne(eventId: string, ledger: Ledger) {
    while (!closed) {
      const sentAt = performance.now()
      try {
        const { status, id } = await post(eventId)
        if (status === 202) return void ledger.accepted.set(eventId, id!)
        if (status === 409) return void ledger.repeated.add(eventId)
        if (status !== 503) throw new Error(`${eventId} was answered with ${status}`)
        ledger.refused++
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === undefined) throw error
        if (code === 'ECONNREFUSED') ledger.refused++
        else ledger.unknown.push({ sentAt, reason: code })
      } finally {
        ledger.slowestMs = Math.max(ledger.slowestMs, performance.now() - sentAt)
      }
      await sleep(50)
    }
  }

  const close = () => {
    closed = true
    return pool.destroy()
  }
  after(close)

  return {
    /** Starts sending `count` messages, 64 at a time; `done` resolves when each has its answer. */
    publish(name: string, count: number): { ledger: Ledger; done: Promise<void> } {
      const ledger: Ledger = {
        accepted: new Map(),
        repeated: new Set(),
        refused: 0,
        unknown: [],
        slowestMs: 0,
      }
      let next = 0
      const worker = async () => {
        while (next < count) await publishOne(`${name}-${next++}`, ledger)
      }
      const done = Promise.all(Array.from({ length: 64 }, worker)).then(() => {})
      done.catch(() => {}) // told when it is awaited, which may be later
      return { ledger, done }
    },
    close,
  }
}

/** One line for people: how a round went. */
export function summary({ accepted, repeated, refused, unknown, slowestMs }: Ledger): string {
  return `${accepted.size} × 202, ${repeated.size} × 409 (were there already), ${refused} refused, ${unknown.length} without an answer, slowest ${Math.round(slowestMs)} ms`
}
