// A bin keeps whatever arrives at its URL, and answers by rules that its owner sets.
import type { BinId, BinShareId, CaptureId, EndpointId, EnvironmentId } from './ids.ts'
import type { Finding, RawRequest } from './source.ts'

/**
 * Instead of an answer: never one, a reset, the end of the connection without one or in the middle of
 * its body.
 */
export const FAULTS = ['hang', 'reset', 'close', 'partial'] as const
export type Fault = (typeof FAULTS)[number]

export type BinAnswer = {
  status: number
  headers: Record<string, string>
  body: string
  delayMs: number
  /** The body goes out in pieces, over this time. */
  slowBodyMs: number
  fault: Fault | null
}

/** The first rule that matches answers; within it the statuses come one after the other. */
export type BinRule = {
  /** Null is any. */
  method: string | null
  /** The path behind the token, with `*` for anything; null is any. */
  path: string | null
  /** A filter over the request (capture-facts.ts); null is any. */
  match: object | null
  /** How many requests it answers before it is passed over; null is all. */
  times: number | null
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
  /** How many requests each rule has answered, by its place, since the rules were set. */
  answered: Record<string, number>
  /** Whose test it is: its secrets verify what arrives. */
  endpointId: EndpointId | null
  lastSeq: number
  /** Whose deliveries it gets; it goes with the bin. */
  listensTo: EndpointId | null
  createdAt: Date
  updatedAt: Date
  expiresAt: Date
}

export type Capture = RawRequest & {
  id: CaptureId
  seq: number
  receivedAt: Date
  sha256: string
  bodyBytes: number
  remotePort: number
  headMs: number
  bodyMs: number
  /** What a trusted proxy said of how it came there. */
  forwarded: Forwarded | null
  answer: CaptureAnswer
  /** Until when its sender waits for a listener's answer; null when nobody listened. */
  answerBy: Date | null
  pinned: boolean
}

export type CaptureAnswer = {
  /** Null when none was sent. */
  status: number | null
  rule: number | null
  delayMs: number
  fault?: Fault | null
  /** It came from a listener. */
  relayed: boolean
}

export type Forwarded = { proto: 'http' | 'https' | null; address: string | null }

/** What a listener says of a capture: its server's answer, or why there is none. */
export type Relayed =
  | { kind: 'answered'; status: number; headers: [name: string, value: string][]; body: Buffer }
  | { kind: 'failed'; failure: string }

/** A link that shows a bin, or one capture of it. */
export type BinShare = {
  id: BinShareId
  binId: BinId
  captureId: CaptureId | null
  /** What came is told by its size and its digest only. */
  hidesBodies: boolean
  createdAt: Date
  expiresAt: Date
}

export const MAX_SHARES = 20
export const MAX_BINS = 2_000
/** The door of bins. What goes in there leads nowhere else, so deliveries may: own-bins.ts. */
export const BIN_PATH = '/b/'

/** Of a bin; pinned ones stay. */
export const MAX_CAPTURES = 500
export const MAX_PINNED = 100
export const MAX_CAPTURED_BYTES = 10 * 1024 * 1024
export const MAX_DELAY_MS = 30_000
/** Of a bin; each may cost some milliseconds a request. */
export const MAX_MATCHING_RULES = 10
/** So long a sender waits for a listener's answer. */
export const RELAY_MS = 10_000
export const MAX_RELAYED_BYTES = 1024 * 1024

/** Neither framing nor cookies, and no policies: what a server says here, it says of our origin. */
const FORBIDDEN =
  /^(set-cookie2?|content-length|transfer-encoding|connection|keep-alive|upgrade|trailer|te|proxy-.*|content-security-policy|x-content-type-options|strict-transport-security|clear-site-data|alt-svc)$/i

export const mayAnswerWith = (header: string) => !FORBIDDEN.test(header)

/**
 * Deliveries to a URL there are handed to the bin within the process, so that no server must be able to
 * reach itself. The name leads nowhere.
 */
const BIN_ORIGIN = 'http://bin.bellwire.internal'

export const binEndpointUrl = (token: string) => `${BIN_ORIGIN}${BIN_PATH}${token}`

/** Null for any other URL. */
export function tokenOfEndpointUrl(url: string): string | null {
  const start = BIN_ORIGIN + BIN_PATH
  if (!url.startsWith(start)) return null
  return /^[A-Za-z0-9_-]{20,64}$/.exec(url.slice(start.length))?.[0] ?? null
}

export const PLAIN_ANSWER: BinAnswer = {
  ...{ status: 200, headers: {}, body: '', delayMs: 0 },
  ...{ slowBodyMs: 0, fault: null },
}

/** The target of a request at a bin: the bin's token, and what stands behind it. */
export function splitToken(target: string): { token: string; rest: string } {
  const [, token = '', rest = ''] = /^\/b\/([^/?]*)(.*)$/s.exec(target) ?? []
  return { token, rest }
}

/** The path behind `/b/{token}`, and a status that its end asks for: `/~/503`. */
export function splitBinPath(path: string): { path: string; forced: number | null } {
  const [, before, status] = /^(.*)\/~\/([1-5]\d\d)$/.exec(path) ?? []
  if (before === undefined || Number(status) < 200) return { path: path || '/', forced: null }
  return { path: before || '/', forced: Number(status) }
}

type Asked = {
  method: string
  path: string
  answered: Record<string, number>
  /** Whether the request is what the rule's filter asks for. */
  fits(match: object): boolean
}

/** The place of the rule that answers a request, or null. */
export function ruleFor(rules: BinRule[], asked: Asked): number | null {
  const place = rules.findIndex(
    (rule, place) =>
      (rule.method === null || rule.method === asked.method) &&
      (rule.path === null || matchesPath(asked.path, rule.path)) &&
      (rule.times === null || (asked.answered[place] ?? 0) < rule.times) &&
      (rule.match === null || asked.fits(rule.match)),
  )
  return place < 0 ? null : place
}

/** Whether what it answers depends on how many it has answered before. */
export const countsRequests = ({ times, statuses, failureRate }: BinRule) =>
  times !== null || statuses.length > 0 || failureRate > 0

/** What a rule answers that has answered so many before. */
export function answerOfRule(rule: BinRule, before: number): BinAnswer {
  const { statuses, failureRate, seed, answer } = rule
  const status = statuses[Math.min(before, statuses.length - 1)] ?? answer.status
  const fails = failureRate > 0 && chanceOf(seed, before) < failureRate
  return { ...answer, status: fails ? 500 : status }
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

export const VERDICTS = ['valid', 'invalid', 'unsigned', 'no_secret', 'unknown_provider'] as const

/** Whether a capture is signed with a secret that somebody has, and if not, why. */
export type CaptureVerdict = {
  verdict: (typeof VERDICTS)[number]
  /** Whose scheme it was held against; null when nobody knows. */
  provider: string | null
  reason: string | null
  skewSeconds: number | null
  bodyAuthenticated: boolean
  findings: Finding[]
}

/** Who a capture looks like it is from, by its headers alone: a guess until its signature is verified. */
export type LikelyProvider = {
  name: string
  title: string
  variant: string | null
  because: string[]
  alsoPossible: string[]
}

/** What a capture is signed with before it is sent again. */
export type SignWith = {
  provider?: string | undefined
  variant?: string | undefined
  secret: string
  at: Date
}

/** What a capture is verified with. */
export type VerifyWith = {
  provider?: string | undefined
  variant?: string | undefined
  secret?: string | undefined
  publicUrl?: string | undefined
  /** Of the endpoint whose test the bin is, where no secret is given; null for other bins. */
  endpointSecrets: string[] | null
  /** Of what does not verify, what would: many tries, so for one capture at a time. */
  explained: boolean
}
