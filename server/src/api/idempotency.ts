// Repeated POSTs: every SDK sends an `Idempotency-Key` with each and repeats it on its retries. The key
// is claimed in the transaction of the effect, so the second of two waits for the first and then gets
// its answer; what failed is forgotten with its transaction.
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access.ts'
import { AppError, invalid, invariant } from '../domain/errors.ts'
import { isLockTimeout } from '../store/errors.ts'
import {
  claimIdempotencyKey,
  type EarlierRequest,
  type Idempotency,
  keepAnswer,
} from '../store/idempotent-requests.ts'
import { Answer, JsonText, textOf } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { plainPath } from './plain-path.ts'

export type { Idempotency }

const REPLAYED = { 'idempotent-replayed': 'true' }

/** Null unless it is a POST that carries the header. The same key elsewhere is another request. */
export function idempotencyOf(
  { method, url, headers }: Pick<FastifyRequest, 'method' | 'url' | 'headers'>,
  { caller, bytes }: { caller: Caller; bytes: Buffer },
): Idempotency | null {
  const given = headers['idempotency-key']
  if (method !== 'POST' || typeof given !== 'string' || given === '') return null
  return {
    key: hashed(JSON.stringify([caller.keyId, plainPath(url), given])),
    bodyHash: hashed(bytes),
  }
}

/** The key of one item of a request with many. */
export const idempotencyOfItem = ({ key, bodyHash }: Idempotency, index: number): Idempotency => ({
  key: hashed(`${key}/${index}`),
  bodyHash,
})

/** Runs `handle` in the transaction of `deps`, or answers what was answered before. */
export async function answerOnce(
  idempotency: Idempotency | null,
  deps: ApiDeps,
  handle: (deps: ApiDeps) => Promise<Answer>,
): Promise<Answer> {
  if (idempotency === null) return handle(deps)
  const { key } = idempotency
  const earlier = await claim(idempotency, deps)
  if (earlier !== null) {
    assertSameBody(earlier, idempotency)
    return toAnswer(earlier, idempotency, deps)
  }
  const answer = await handle(deps)
  await keepAnswer(deps.store.db, key, {
    status: answer.status,
    answer: answer.status === 204 ? null : deps.seal.seal(textOf(answer.body), placeOf(key)),
  })
  return answer
}

async function claim(idempotency: Idempotency, { store }: ApiDeps) {
  try {
    return await claimIdempotencyKey(store.db, idempotency)
  } catch (cause) {
    if (!isLockTimeout(cause)) throw cause
    throw new AppError(
      'idempotency_in_progress',
      'A request with this Idempotency-Key is still running: try again shortly',
      { cause },
    )
  }
}

/** Throws 422: the earlier answer would not be the answer to this request. */
export function assertSameBody(earlier: EarlierRequest, { bodyHash }: Idempotency): void {
  if (earlier.bodyHash === bodyHash) return
  throw invalid(
    ['header', 'idempotency-key'],
    'this key was used with another body: a new request needs a new key',
  )
}

function toAnswer(
  { status, answer }: EarlierRequest,
  { key }: Idempotency,
  { seal }: ApiDeps,
): Answer {
  invariant(status !== null, 'a request that committed has an answer')
  return answered(status, answer && new JsonText(seal.open(answer, placeOf(key))))
}

/** An answer that was given before. */
export const answered = (status: number, body: unknown) => new Answer(status, body, REPLAYED)

const placeOf = (key: string) => `idempotent_request/${key}`

/** The first half of its SHA-256, as a UUID. */
function hashed(value: string | Buffer): string {
  const hex = createHash('sha256').update(value).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
