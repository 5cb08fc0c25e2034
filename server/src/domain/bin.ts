// A bin keeps whatever arrives at its URL, and answers by rules that its owner sets.
import type { BinId, CaptureId, EnvironmentId } from './ids.ts'
import type { Finding, RawRequest } from './source.ts'

export type BinAnswer = {
  status: number
  headers: Record<string, string>
  body: string
  delayMs: number
}

/** The first rule that matches answers; within it the statuses come one after the other. */
export type BinRule = {
  /** Null is any. */
  method: string | null
  /** The path behind the token, with `*` for anything; null is any. */
  path: string | null
  /** One for each request, the last one for all that follow; in place of the answer's. */
  statuses: number[]
  /** Of how many of its requests this rule answers 500 instead, by chance that repeats with `seed`. */
  failureRate: number
  seed: number
  answer: BinAnswer
}

export type Bin = {
  id: BinId
  environmentId: EnvironmentId
  name: string
  rules: BinRule[]
  lastSeq: number
  createdAt: Date
  updatedAt: Date
  expiresAt: Date
}

export type Capture = RawRequest & {
  id: CaptureId
  seq: number
  receivedAt: Date
  sha256: string
  remotePort: number
  headMs: number
  bodyMs: number
  answer: { status: number; rule: number | null; delayMs: number }
  pinned: boolean
}

export const MAX_BINS = 2_000
/** The door of bins. What goes in there leads nowhere else, so deliveries may. */
export const BIN_PATH = '/b/'

/** Of a bin; pinned ones stay. */
export const MAX_CAPTURES = 500
export const MAX_PINNED = 100
export const MAX_CAPTURED_BYTES = 10 * 1024 * 1024
export const MAX_DELAY_MS = 30_000

const OK: BinAnswer = { status: 200, headers: {}, body: '', delayMs: 0 }

/** The path behind `/b/{token}`, and a status that its end asks for: `/~/503`. */
export function splitBinPath(path: string): { path: string; forced: number | null } {
  const [, before, status] = /^(.*)\/~\/([1-5]\d\d)$/.exec(path) ?? []
  if (before === undefined || Number(status) < 200) return { path: path || '/', forced: null }
  return { path: before || '/', forced: Number(status) }
}

type Asked = {
  method: string
  path: string
  forced: number | null
  /** How many requests each rule has answered before, by its place. */
  answered: (rule: number) => number
}

/** What a request is answered with, and the place of the rule that says so. */
export function answerOfBin(rules: BinRule[], { method, path, forced, answered }: Asked) {
  if (forced !== null) return { ...OK, status: forced, rule: null }
  const rule = rules.findIndex(
    (rule) =>
      (rule.method === null || rule.method === method) &&
      (rule.path === null || matchesPath(path, rule.path)),
  )
  const found = rules[rule]
  if (found === undefined) return { ...OK, rule: null }
  const before = answered(rule)
  const status = found.statuses[Math.min(before, found.statuses.length - 1)] ?? found.answer.status
  const fails = found.failureRate > 0 && chanceOf(found.seed, before) < found.failureRate
  return { ...found.answer, status: fails ? 500 : status, rule }
}

/** Without an expression made of it: `*` is the only thing that it can say. */
export function matchesPath(path: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return path === first
  if (!path.startsWith(first)) return false
  let at = first.length
  const last = rest.pop()!
  for (const part of rest) {
    const found = path.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return path.length - last.length >= at && path.endsWith(last)
}

/** The same for the same seed and place: mulberry32. */
function chanceOf(seed: number, place: number): number {
  let t = (seed + Math.imul(place + 1, 0x6d2b79f5)) | 0
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** Whether a capture is signed with a secret that somebody has, and if not, why. */
export type CaptureVerdict = {
  verdict: 'valid' | 'invalid'
  reason: string | null
  skewSeconds: number | null
  bodyAuthenticated: boolean
  findings: Finding[]
}
