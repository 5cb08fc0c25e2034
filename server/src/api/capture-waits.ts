// For tests of others: waiting for what is to arrive, and saying what was expected.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Bin, Capture } from '../domain/bin.ts'
import { captureFacts } from '../domain/capture-facts.ts'
import { invalid } from '../domain/errors.ts'
import { explain, type Filter } from '../domain/filter/filter.ts'
import { type CaptureFilter, findCaptures, listNumbered } from '../store/captures.ts'
import { Answer } from './answer.ts'
import { matchJson, readMatch } from './bin-shape.ts'
import {
  captureQuery,
  filterOf,
  lackOf,
  MOST_CAPTURES,
  matchIn,
  wantsOf,
} from './capture-filter.ts'
import { CaptureOut, CapturesOut, showCaptures } from './capture-shape.ts'
import type { ApiDeps } from './deps.ts'
import { cleanText } from './fields.ts'
import { choice, wholeNumber } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const LOOK_EVERY_MS = 100
const MAX_SECONDS = 60
/** Of what came instead. */
const MAX_OTHERS = 20

const place = () => z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const count = () => z.number().int().min(0).max(MOST_CAPTURES)

const AssertIn = z
  .object({
    after: place().optional().meta({ description: 'The number of the last capture before' }),
    timeout: z.number().min(0).max(MAX_SECONDS).optional().meta({ description: 'Seconds' }),
    method: cleanText(64).min(1).optional(),
    target: cleanText(2_048).min(1).optional().meta({ description: 'A part of it' }),
    match: matchJson().optional(),
    atLeast: count().optional(),
    atMost: count().optional(),
  })
  .register(wireShapes, { id: 'CaptureAssertIn' })

const AssertOut = z
  .object({
    passed: z.boolean(),
    message: z.string(),
    matched: z.array(CaptureOut),
    /** What came instead, and why it is not what was expected. */
    others: z.array(
      z.object({
        id: z.string(),
        seq: z.number(),
        method: z.string(),
        target: z.string(),
        because: z.string(),
      }),
    ),
  })
  .register(wireShapes, { id: 'CaptureAssertOut' })

export const captureWaitRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/bin/:bin_id/wait',
    access: 'environment',
    operationId: 'bellwire.bin.wait',
    summary: 'Wait until so many captures have arrived; 204 when the time is over before',
    query: z.object({
      ...captureQuery,
      count: wholeNumber(MOST_CAPTURES),
      timeout: wholeNumber(MAX_SECONDS),
      expect: choice(['some', 'none']),
    }),
    status: 200,
    alsoStatus: 204,
    output: CapturesOut,
    async handle({ bin, query }, deps) {
      const wanted = query.expect === 'none' ? 1 : (query.count ?? 1)
      const match = matchIn(query)
      const seqs = await arrived(deps, bin, {
        ...{ filter: filterOf(query), match, most: MOST_CAPTURES },
        isEnough: (found) => found >= wanted,
        until: performance.now() + (query.timeout ?? 0) * 1000,
      })
      const isThere = seqs.length >= wanted
      if (isThere === (query.expect === 'none')) return new Answer(204, undefined)
      return { data: await shown(deps, bin, seqs) }
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/bin/:bin_id/assert',
    access: 'environment',
    reads: true,
    operationId: 'bellwire.bin.assert',
    summary: 'Say whether what was expected has arrived; if not, what came instead and why not',
    body: AssertIn,
    bodyOptional: true,
    status: 200,
    output: AssertOut,
    transaction: false,
    records: { nothing: 'it only looks' },
    async handle({ bin, body }, deps) {
      const match = body.match == null ? null : readMatch(body.match, ['body', 'match'])
      const { atMost } = body
      const atLeast = body.atLeast ?? (atMost === 0 ? 0 : 1)
      if (atMost !== undefined && atMost < atLeast) {
        throw invalid(['body', 'atMost'], `expected ${atLeast} or more: that is atLeast`)
      }
      const seqs = await arrived(deps, bin, {
        ...{ filter: filterOf(body), match, most: MOST_CAPTURES },
        // What may still be one too many is only known when the time is over.
        isEnough: (found) => (atMost === undefined ? found >= atLeast : found > atMost),
        until: performance.now() + (body.timeout ?? 0) * 1000,
      })
      const passed = seqs.length >= atLeast && seqs.length <= (atMost ?? seqs.length)
      const others = await othersThan(deps, bin, { seqs, match, asked: body })
      return {
        passed,
        message: `${wording(atLeast, atMost)}; ${seqs.length} of ${seqs.length + others.count} that came are what was expected`,
        matched: await shown(deps, bin, seqs),
        others: others.shown,
      }
    },
  }),
]

function wording(atLeast: number, atMost: number | undefined): string {
  if (atMost === undefined) return `expected ${atLeast} or more`
  return atLeast === atMost ? `expected ${atLeast}` : `expected ${atLeast} to ${atMost}`
}

type Wanted = {
  filter: CaptureFilter
  match: Filter | null
  most: number
  isEnough(found: number): boolean
  until: number
}

/** The numbers of those that match, once there are enough or the time is over. Each is looked at once. */
async function arrived(
  { store, isDraining }: Pick<ApiDeps, 'store' | 'isDraining'>,
  bin: Bin,
  { filter, match, most, isEnough, until }: Wanted,
): Promise<number[]> {
  const wants = wantsOf(match) ?? (() => true)
  const seqs: number[] = []
  let { after } = filter
  for (;;) {
    const asked = { filter: { ...filter, after }, order: 'ascending' } as const
    const limit = most - seqs.length
    const { found, lookedTo } = await findCaptures(store.db, bin.id, { ...asked, limit, wants })
    seqs.push(...found)
    after = lookedTo ?? after
    const isOver = performance.now() >= until || isDraining()
    if (isEnough(seqs.length) || seqs.length >= most || isOver) return seqs
    await sleep(LOOK_EVERY_MS)
  }
}

async function shown(deps: ApiDeps, bin: Bin, seqs: number[]) {
  const captures = await listNumbered(deps.store.db, bin.id, { seqs, order: 'ascending' })
  return showCaptures(bin, captures, deps)
}

type Asked = {
  seqs: number[]
  match: Filter | null
  asked: z.output<typeof AssertIn>
}

async function othersThan({ store }: ApiDeps, bin: Bin, { seqs, match, asked }: Asked) {
  const others: z.input<typeof AssertOut>['others'] = []
  let count = 0
  const look = (capture: Capture) => {
    if (seqs.includes(capture.seq)) return false
    count++
    const { id, seq, method, target } = capture
    if (others.length < MAX_OTHERS) {
      others.push({ id, seq, method, target, because: becauseOf(capture, match, asked) })
    }
    return false
  }
  const filter = filterOf({ after: asked.after })
  await findCaptures(store.db, bin.id, { filter, limit: 1, order: 'ascending', wants: look })
  return { shown: others, count }
}

/** The first difference. */
function becauseOf(capture: Capture, match: Filter | null, asked: Asked['asked']): string {
  const { method, target } = asked
  if (method !== undefined && capture.method !== method) {
    return `its method is ${capture.method}, not ${method}`
  }
  if (target !== undefined && !capture.target.includes(target)) {
    return `its target does not hold ${JSON.stringify(target)}`
  }
  const lack = match === null ? null : lackOf(match, capture)
  // It came after the last look.
  if (match === null || lack === null) return 'it came too late'
  const checks = explain(match, captureFacts(capture), new Map())
  const failed = checks.find(
    ({ holds, path, operator }) => !holds && lack.startsWith(`${path} ${operator}`),
  )
  const found = failed?.found.length === 0 ? 'nothing is there' : failed?.found.join(', ')
  return failed === undefined ? `not: ${lack}` : `not: ${lack}; found: ${found}`
}
