// What bins are given and show of themselves.
import { z } from 'zod'
import {
  type Bin,
  type BinRule,
  FAULTS,
  MAX_DELAY_MS,
  MAX_MATCHING_RULES,
  mayAnswerWith,
} from '../domain/bin.ts'
import { CAPTURE_ROOTS } from '../domain/capture-facts.ts'
import { invalid } from '../domain/errors.ts'
import { cleanText, namesTo, time } from './fields.ts'
import { FilterOut, readFilter } from './filter-shape.ts'
import { onTheWire, wireShapes } from './shapes.ts'

export const DAY_SECONDS = 86_400
const MOST_SECONDS = 30 * DAY_SECONDS

const HEADER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/

const headers = () =>
  namesTo(
    z
      .string()
      .max(4_096)
      .regex(/^[\t\x20-\x7e]*$/, 'printable ASCII, space and tab'),
  ).refine(
    (map) => Object.keys(map as object).every((name) => HEADER.test(name) && mayAnswerWith(name)),
    { error: 'names of headers that may be set; no cookies, no framing, no policies of ours' },
  )

const status = () => z.number().int().min(200).max(599)

const EXAMPLE = { 'payload.type': 'invoice.paid', 'headers.x-try': { $exists: true } }

/** Read by `readMatch`: zod would only say that it is none. */
export const matchJson = () =>
  onTheWire(z.unknown(), {
    type: ['object', 'null'],
    description: `A filter (docs/filters.md) over ${CAPTURE_ROOTS.join(', ')}`,
    examples: [EXAMPLE],
  })

/** Throws 422 with the place of the problem in it. */
export const readMatch = (json: unknown, loc: string[]) =>
  readFilter(json, { loc, segments: false, roots: CAPTURE_ROOTS })

const RuleIn = z
  .object({
    method: z
      .string()
      .regex(/^[A-Z-]{1,20}$/, 'a method in capitals')
      .nullish(),
    path: z
      .string()
      .max(512)
      .regex(/^[/*][\x21-\x7e]*$/, 'a path, as /hooks/*')
      .nullish(),
    match: matchJson().optional(),
    times: z.number().int().min(1).max(1_000_000).nullish(),
    status: status().optional(),
    headers: headers().optional(),
    body: cleanText(64 * 1024).optional(),
    delayMs: z.number().int().min(0).max(MAX_DELAY_MS).optional(),
    slowBodyMs: z.number().int().min(0).max(MAX_DELAY_MS).optional(),
    fault: z.enum(FAULTS).nullish().meta({
      description:
        'hang: no answer for a minute; reset: a TCP reset; close: the end without an answer; partial: half of the body',
    }),
    statuses: z.array(status()).max(100).optional(),
    failureRate: z.number().min(0).max(1).optional(),
    seed: z.number().int().min(0).max(2_147_483_647).optional(),
  })
  .register(wireShapes, { id: 'BinRuleIn' })

export const BinIn = z
  .object({
    name: cleanText(10_000).optional(),
    rules: z.array(RuleIn).max(50).optional(),
    expiresInSeconds: z.number().int().min(60).max(MOST_SECONDS).optional(),
  })
  .register(wireShapes, { id: 'BinIn' })

export const BinOut = z
  .object({
    id: z.string(),
    name: z.string(),
    rules: z.array(
      z.object({
        method: z.string().nullable(),
        path: z.string().nullable(),
        match: FilterOut(),
        times: z.number().nullable(),
        status: z.number(),
        headers: z.record(z.string(), z.string()),
        body: z.string(),
        delayMs: z.number(),
        slowBodyMs: z.number(),
        fault: z.enum(FAULTS).nullable(),
        statuses: z.array(z.number()),
        failureRate: z.number(),
        seed: z.number(),
        /** How many requests it has answered since the rules were set. */
        answered: z.number(),
      }),
    ),
    /** The endpoint whose test it is: its secrets verify what arrives. */
    endpointId: z.string().nullable(),
    /** The number of the last capture: wait for what comes `after` it. */
    lastSeq: z.number(),
    /** Of `bellwire listen --app`: the endpoint whose deliveries it gets; it goes with the bin. */
    listensTo: z.string().nullable(),
    createdAt: time(),
    updatedAt: time(),
    expiresAt: time(),
  })
  .register(wireShapes, { id: 'BinOut' })

export const BinCreatedOut = BinOut.extend({ url: z.string() }).register(wireShapes, {
  id: 'BinCreatedOut',
})

/** Throws 422 for what no rule can be. */
export function readRules(given: z.output<typeof RuleIn>[]): BinRule[] {
  if (given.filter(({ match }) => match != null).length > MAX_MATCHING_RULES) {
    throw invalid(['body', 'rules'], `at most ${MAX_MATCHING_RULES} of them with a match`)
  }
  return given.map((rule, index) => {
    const loc = ['body', 'rules', `[${index}]`]
    if (rule.match != null) readMatch(rule.match, [...loc, 'match'])
    const problem = bodyProblem(rule)
    if (problem !== null) throw invalid([...loc, 'body'], problem)
    return toRule(rule)
  })
}

/** A body that is slow, or breaks off, must be there. */
function bodyProblem({ fault, slowBodyMs = 0, body = '', ...rule }: z.output<typeof RuleIn>) {
  if (fault !== 'partial' && slowBodyMs === 0) return null
  const what = fault === 'partial' ? 'the fault partial' : 'slowBodyMs'
  const statuses = [rule.status ?? 200, ...(rule.statuses ?? [])]
  const empty = statuses.find((status) => status === 204 || status === 304)
  if (empty !== undefined) return `an answer of ${empty} has none, and ${what} needs one`
  return body.length < 2 ? `required for ${what}: at least 2 characters` : null
}

export const expiryOf = (seconds: number, now: Date) => new Date(now.getTime() + seconds * 1000)

const toRule = (given: z.output<typeof RuleIn>): BinRule => ({
  method: given.method ?? null,
  path: given.path ?? null,
  match: (given.match as object | null | undefined) ?? null,
  times: given.times ?? null,
  statuses: given.statuses ?? [],
  failureRate: given.failureRate ?? 0,
  seed: given.seed ?? 0,
  answer: {
    status: given.status ?? 200,
    headers: given.headers ?? {},
    body: given.body ?? '',
    delayMs: given.delayMs ?? 0,
    slowBodyMs: given.slowBodyMs ?? 0,
    fault: given.fault ?? null,
  },
})

export const toBinOut = (bin: Bin): z.input<typeof BinOut> => ({
  id: bin.id,
  name: bin.name,
  rules: bin.rules.map(({ answer, match, ...rule }, place) => ({
    ...rule,
    match: match as Record<string, unknown> | null,
    ...answer,
    answered: bin.answered[place] ?? 0,
  })),
  endpointId: bin.endpointId,
  lastSeq: bin.lastSeq,
  listensTo: bin.listensTo,
  createdAt: bin.createdAt.toISOString(),
  updatedAt: bin.updatedAt.toISOString(),
  expiresAt: bin.expiresAt.toISOString(),
})
