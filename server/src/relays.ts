// Requests that wait for a listener's answer, and listeners that wait for requests. The database
// decides (store/capture-answers.ts); what is heard of other nodes only makes the next look come sooner.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Relayed } from './domain/bin.ts'
import { RELAY_MS } from './domain/bin.ts'
import type { BinId } from './domain/ids.ts'
import type { Named } from './store/announcements.ts'
import { endWaiting, findAnswer } from './store/capture-answers.ts'
import type { Db } from './store/connect.ts'

export type Relays = ReturnType<typeof createRelays>

/** What a request is known by, on every node. */
const placeOf = (bin: BinId, seq: number) => `${bin}/${seq}`

const LOOK_EVERY_MS = 500
/** Each holds a connection of its sender: more get the bin's own answer at once. */
const MAX_WAITING = 1_000

export function createRelays({ db }: { db: Db }) {
  const waiting = new Map<string, Set<() => void>>()
  let requests = 0
  let stopping = false
  let tell: (announcement: Named) => void = () => {}

  function wake(what: string) {
    const woken = waiting.get(what)
    waiting.delete(what)
    for (const go of woken ?? []) go()
  }

  /** Until it is told, or the time is over. */
  function told(what: string, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const all = waiting.get(what) ?? new Set()
      const go = () => {
        clearTimeout(timer)
        all.delete(go)
        if (all.size === 0 && waiting.get(what) === all) waiting.delete(what)
        resolve()
      }
      const timer = setTimeout(go, withinMs)
      waiting.set(what, all.add(go))
    })
  }

  return {
    /** From now on: what came before is found by looking. */
    tellOthers(announce: (announcement: Named) => void) {
      tell = announce
    },
    /** From another node. */
    heard: wake,
    /** Something came to a bin that somebody listens to. */
    captured(bin: BinId) {
      wake(bin)
      tell({ kind: 'capture', id: bin })
    },
    /** A listener has answered, and that is committed. */
    answered(bin: BinId, seq: number) {
      const place = placeOf(bin, seq)
      wake(place)
      tell({ kind: 'answer', id: place })
    },
    /** For whoever listens to the bin. */
    untilCaptured: (bin: BinId, withinMs: number) => told(bin, withinMs),
    hasRoom: () => requests < MAX_WAITING,
    isStopping: () => stopping,
    /** What a listener says in time; null is the bin's own answer. */
    async answerTo(
      { bin, seq }: { bin: BinId; seq: number },
      { isOver, withinMs = RELAY_MS }: { isOver(): boolean; withinMs?: number },
    ): Promise<Relayed | null> {
      const until = performance.now() + withinMs
      requests++
      try {
        while (!stopping && !isOver()) {
          const left = until - performance.now()
          if (left <= 0) break
          // Before it is looked for, so that what comes in between is heard.
          const heard = told(placeOf(bin, seq), Math.min(left, LOOK_EVERY_MS))
          const answer = await findAnswer(db, bin, seq)
          if (answer !== null) return answer
          await heard
        }
        return stopping ? null : await endWaiting(db, bin, seq)
      } finally {
        requests--
      }
    },
    /** Nobody is waited for any more, and then nothing more is asked of the database. */
    async stop() {
      stopping = true
      for (const what of [...waiting.keys()]) wake(what)
      while (requests > 0) await sleep(10)
    },
  }
}
