// What became no message is written down for the operator, after the answer and at a limited rate: a
// flood of bad requests costs neither disk nor anybody's time.
import type { SourceId } from '../domain/ids.ts'
import type { Finding } from '../domain/source.ts'
import type { Db } from '../store/connect.ts'
import { type Noted, noteRequest } from '../store/inbound-requests.ts'
import type { Telemetry } from '../telemetry.ts'
import type { TakeOne } from './rates.ts'

/** Waiting to be written, of all sources; more are dropped. */
const MAX_WAITING = 200

/** `explain` looks for why: it costs much, so only for what is written down. */
type ToNote = Noted & { explain?: () => Promise<Finding[]> }

type Options = { db: Db; telemetry: Telemetry; rate: TakeOne }

export function createNoter({ db, telemetry, rate }: Options) {
  const waiting: ToNote[] = []
  let writing: Promise<void> | null = null

  async function write() {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { explain, ...noted } = next
      await telemetry.bestEffort('inbound.note', async () => {
        const more = (await explain?.()) ?? []
        await noteRequest(db, { ...noted, findings: [...noted.findings, ...more] })
      })
    }
    writing = null
  }

  return {
    note(noted: ToNote) {
      if (waiting.length >= MAX_WAITING || !rate(noted.sourceId satisfies SourceId).taken) return
      waiting.push(noted)
      writing ??= write()
    },
    /** Resolves when all that was noted is written. */
    drained: () => writing ?? Promise.resolve(),
  }
}

export type Noter = ReturnType<typeof createNoter>
