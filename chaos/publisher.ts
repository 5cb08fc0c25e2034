// Sends numbered messages and keeps a ledger of what it was told. What got no clear answer is sent
// again under the same eventId until there is one, as a careful publisher does.
import { randomBytes } from 'node:crypto'
import { Pool } from 'undici'
import { TOKEN } from './bellwire.ts'
import { sleep } from './fault.ts'

export type Ledger = {
  /** eventId → message id. */
  accepted: Map<string, string>
  /** Answered with 409: an attempt without an answer had gone through. */
  repeated: Set<string>
  refused: number
  unknown: number
  slowestMs: number
  wrong: string[]
}

/** No caller may hang longer; the rest is for a machine that is busy with other things. */
export const LONGEST_MS = 10_500

type Options = { count: number; concurrency?: number; perSecond?: number; size?: number }

/** `balanced`: what one node refuses is passed on to the next, as a balancer does. */
export function createPublisher(urls: string[], app: string, { balanced = false } = {}) {
  let closed = false
  // PostgreSQL would make nothing of a letter that is repeated.
  const noise = randomBytes(1_000_000).toString('base64')
  const pools = urls.map((url) => new Pool(url, { connections: 64 }))
  let turn = 0

  async function one(eventId: string, sequence: number, ledger: Ledger, size: number) {
    const body = JSON.stringify({
      eventType: 'load.test',
      eventId,
      payload: { eventId, sequence, sentAt: Date.now(), filler: noise.slice(0, size) },
    })
    const first = turn++
    for (let refusals = 1; !closed; refusals++) {
      const sentAt = performance.now()
      try {
        const {
          statusCode,
          headers,
          body: answer,
        } = await pools[(first + refusals) % pools.length]!.request({
          method: 'POST',
          path: `/api/v1/app/${app}/msg`,
          headers: { authorization: `Bearer ${TOKEN}` },
          body,
          headersTimeout: 2 * LONGEST_MS,
        })
        const { id } = (await answer.json()) as { id: string }
        if (statusCode === 202) return void ledger.accepted.set(eventId, id)
        if (statusCode === 409) return void ledger.repeated.add(eventId)
        if (statusCode !== 503) return void ledger.wrong.push(`${eventId}: ${statusCode}`)
        if (headers['retry-after'] === undefined) ledger.wrong.push('503 without Retry-After')
        if (balanced && refusals % urls.length > 0) continue
        ledger.refused++
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') ledger.unknown++
        else if (balanced && refusals % urls.length > 0) continue
        else ledger.refused++
      } finally {
        ledger.slowestMs = Math.max(ledger.slowestMs, performance.now() - sentAt)
      }
      await sleep(50)
    }
  }

  return {
    publish(name: string, { count, concurrency = 32, perSecond, size = 0 }: Options) {
      const ledger: Ledger = {
        accepted: new Map(),
        repeated: new Set(),
        refused: 0,
        unknown: 0,
        slowestMs: 0,
        wrong: [],
      }
      let next = 0
      const startedAt = performance.now()
      const worker = async () => {
        while (next < count && !closed) {
          const sequence = next++
          if (perSecond !== undefined) {
            const waitMs = startedAt + (sequence * 1000) / perSecond - performance.now()
            if (waitMs > 0) await sleep(waitMs)
          }
          await one(`${name}-${sequence}`, sequence, ledger, size)
        }
      }
      const done = Promise.all(Array.from({ length: concurrency }, worker)).then(() => ledger)
      done.catch(() => {}) // told when it is awaited
      return { ledger, done, stop: () => (count = 0) }
    },
    async close() {
      closed = true
      await Promise.all(pools.map((pool) => pool.destroy()))
    },
  }
}
