// Attempts as the engine would have recorded them, at times of the test's choosing.
import { newUuid, toId, toUuid } from '../../src/domain/ids.ts'
import type { Answer, Outcome } from '../../src/domain/outcome.ts'
import type { Store } from '../../src/store/connect.ts'
import { createPartitions } from '../../src/store/partitions.ts'
import { recordOutcomes } from '../../src/store/statements/record-outcomes.ts'
import { NODE } from '../seed.ts'

/** An id of the given millisecond, whatever this process has made before. */
export function idAt<Kind extends 'message' | 'attempt'>(kind: Kind, time: Date) {
  const hex = time.getTime().toString(16).padStart(12, '0')
  return toId(kind, `${hex.slice(0, 8)}-${hex.slice(8)}${newUuid().slice(13)}`)
}

export const answered = (status: number, body: string | Buffer = ''): Outcome => {
  const answer: Answer = { status, headers: [], body: Buffer.from(body), bodyCut: false }
  if (status < 300) return { kind: 'delivered', durationMs: 12.4, answer }
  const failure = { code: 'http_status', message: `It answered ${status}.` } as const
  return { kind: 'failed', durationMs: 12.4, answer, failure }
}
export const unanswered: Outcome = {
  kind: 'failed',
  durationMs: 3,
  failure: {
    code: 'connect_failed',
    message: 'Could not connect.',
    operatorNote: 'ECONNREFUSED 10.0.0.1',
  },
}

export type Seed = {
  message: string
  endpoint: string
  outcome: Outcome
  at?: Date
  resend?: number
}

/** In the order given; returns their ids. */
export async function seedAttempts(store: Store, seeds: Seed[]): Promise<string[]> {
  const made = seeds.map(({ at, ...seed }) => ({
    ...seed,
    id: at === undefined ? toId('attempt', newUuid()) : idAt('attempt', at),
  }))
  await recordOutcomes(
    store.hot,
    made.map(({ id, message, endpoint, outcome, resend = 0 }) => ({
      run: {
        messageId: message as `msg_${string}`,
        endpointId: endpoint as `ep_${string}`,
        resend,
      },
      nodeId: NODE,
      verdict:
        outcome.kind === 'delivered'
          ? { status: 'succeeded', attempts: 1 }
          : { status: 'failed', reason: 'exhausted', attempts: 1 },
      attempt: { id, url: 'https://example.com/hook', requestHeaders: [], outcome },
    })),
  )
  return made.map(({ id }) => id)
}

/** A copy of a message at another time, with the same everything. */
export async function moveMessage(store: Store, id: string, time: Date): Promise<string> {
  await createPartitions(store.pool, time)
  const moved = idAt('message', time)
  await store.pool.query('update message set id = $1 where id = $2', [
    toUuid(moved),
    toUuid(id as `msg_${string}`),
  ])
  return moved
}
