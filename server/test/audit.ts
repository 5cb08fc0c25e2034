// What the receiver saw against what the publisher was told.
import assert from 'node:assert/strict'
import { connect } from '../src/store/connect.ts'
import { attachEmbedded } from '../src/store/embedded/attach.ts'
import type { Ledger } from './publisher.ts'
import type { Received } from './receiver.ts'
import { until } from './until.ts'

type Audit = { lost: string[]; duplicates: number }

/**
 * Every message of the ledgers must have come to each of `paths`, as one message: repeats have the
 * same `webhook-id` and the same bytes. Returns what never came, and how many came more than once.
 */
export function audit(received: Received[], ledgers: Ledger[], paths: string[]): Audit {
  const lost: string[] = []
  let duplicates = 0
  for (const path of paths) {
    const byEvent = Map.groupBy(
      received.filter((request) => request.path === path),
      ({ body }) => (JSON.parse(body.toString()) as { eventId: string }).eventId,
    )
    for (const { accepted, repeated } of ledgers) {
      for (const eventId of [...accepted.keys(), ...repeated]) {
        const [first, ...more] = byEvent.get(eventId) ?? []
        if (first === undefined) {
          lost.push(`${eventId} at ${path}`)
          continue
        }
        const id = accepted.get(eventId) ?? first.headers['webhook-id']
        for (const { headers, body } of [first, ...more]) {
          assert.equal(headers['webhook-id'], id, `${eventId} is one message`)
          assert.ok(body.equals(first.body), `${eventId} has the same bytes each time`)
        }
        duplicates += more.length
      }
    }
  }
  return { lost, duplicates }
}

/** Waits until no delivery is unfinished: also what a dead node held has been taken over and sent. */
export async function drained(dataDir: string): Promise<void> {
  const connection = await attachEmbedded(dataDir)
  assert.ok(connection !== null, 'the database answers')
  const { pool, close } = connect(connection, { onError: () => {}, poolSize: 1, hotPoolSize: 1 })
  const isDrained = async () =>
    (await pool.query('select from pending_delivery limit 1')).rowCount === 0
  try {
    await until('everything is delivered', isDrained, { within: 120_000, every: 100 })
  } finally {
    await close()
  }
}
