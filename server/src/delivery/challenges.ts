// Asks new URLs whether they want messages. In the background of the request that wanted it: a receiver
// that takes its time must not keep its owner waiting, and whoever gets no answer asks again.
import { setTimeout as delay } from 'node:timers/promises'
import { type EndpointId, newId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'
import {
  answerProblem,
  CHALLENGE_SECONDS,
  challengeBody,
  newChallenge,
} from '../domain/verification.ts'
import { recordChange } from '../store/changes.ts'
import type { Db } from '../store/connect.ts'
import { noteUnanswered, putChallenge, verifyEndpoint } from '../store/verifications.ts'
import type { Telemetry } from '../telemetry.ts'
import { createTokens } from './auth/tokens.ts'
import type { TlsIdentity } from './egress/tls-identity.ts'
import type { PreparedRequest } from './prepare.ts'
import { sendRequest } from './send-request.ts'
import { type FindTargets, toTarget } from './targets.ts'

type Options = {
  db: Db
  findTargets: FindTargets
  send(request: PreparedRequest, tls: TlsIdentity | null): Promise<Outcome>
  /** It may get messages from now on, and the operator may be told. */
  verified(id: EndpointId): void
  telemetry: Pick<Telemetry, 'bestEffort'>
  userAgent: string
  clock?: () => Date
}

/** Each is a connection to a stranger and one to the database; the others wait. */
const AT_ONCE = 20
/** More have to be asked for again. */
const MAX_WAITING = 10_000

const actor = { kind: 'system' } as const
const note: Parameters<typeof verifyEndpoint>[2]['note'] = (tx, change, environmentId) =>
  recordChange(
    tx,
    { environmentId, actor, operation: 'endpoint.verified', requestId: null },
    change,
  )

export function createChallenges(options: Options) {
  const { db, findTargets, send, verified, telemetry, userAgent } = options
  const { clock = () => new Date() } = options
  const tokens = createTokens({ send: (request) => send(request, null), userAgent })
  const waiting = new Set<EndpointId>()
  const running = new Set<Promise<void>>()
  let stopping = false
  let stopped = false

  async function challenge(id: EndpointId) {
    const found = (await findTargets([id])).get(id) ?? null
    if (found instanceof Error) throw found
    const target = toTarget(id, found)
    if (target.state === 'gone') return
    const word = newChallenge()
    const expiresAt = await putChallenge(db, id, { challenge: word, seconds: CHALLENGE_SECONDS })
    if (expiresAt === null) return
    const parts = {
      run: { messageId: newId('message') },
      payload: challengeBody(word, expiresAt),
      ...{ contentType: null, headers: null, made: null, now: clock(), userAgent },
    }
    const { outcome } = await sendRequest(target, parts, { send, tokens, clock })
    // Broken off by our own end: that says nothing about the receiver.
    if (stopped) return
    const problem = answerProblem(outcome, word)
    if (problem !== null) return noteUnanswered(db, id, { challenge: word, problem })
    if (await verifyEndpoint(db, id, { challenge: word, note })) verified(id)
  }

  function pump() {
    for (const id of waiting) {
      if (running.size >= AT_ONCE || stopping) return
      waiting.delete(id)
      const run = telemetry
        .bestEffort('endpoint.challenge', () => challenge(id))
        .finally(() => {
          running.delete(run)
          pump()
        })
      running.add(run)
    }
  }

  return {
    /** Returns at once. */
    ask(id: EndpointId) {
      if (waiting.size >= MAX_WAITING) return
      waiting.add(id)
      pump()
    },
    /** What waits is not asked any more; its owner can ask again. */
    async stop(graceMs: number) {
      stopping = true
      const limit = new AbortController()
      const late = delay(graceMs, undefined, { signal: limit.signal }).catch(() => {})
      await Promise.race([Promise.all(running), late])
      limit.abort()
      stopped = true
    },
  }
}
