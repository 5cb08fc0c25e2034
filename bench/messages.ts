// What the processes of a run tell each other, over Node's IPC channel.

/** How to offer the load: as fast as `concurrency` connections go, or at a fixed rate. */
export type Pace =
  | { kind: 'closed'; concurrency: number }
  | { kind: 'rate'; perSecond: number; concurrency: number }

export type LoadPlan = {
  baseUrl: string
  token: string
  /** Messages go to them in turn. */
  applicationIds: string[]
  /** Messages for these go along at their own rate, and are not measured. */
  neighbours: { applicationIds: string[]; perSecond: number } | null
  messages: number
  pace: Pace
}

export type LoadResult = {
  /** `nowMs()` before the first request and after the last answer. */
  startedAtMs: number
  endedAtMs: number
  acceptP50Ms: number
  acceptP99Ms: number
  /** HTTP status, or the code of a connection error → how often. */
  statuses: Record<string, number>
}

export type SinkReport = {
  received: number
  lost: number
  /** The first few, to look for in a log. */
  lostSequences: number[]
  /** The same `webhook-id` more than once. */
  duplicates: number
  /** The same message accepted twice, under two ids. */
  doubled: number
  /** Requests without id, length or a sequence number of this run. */
  malformed: number
  lastArrivalMs: number
  endToEndP50Ms: number
  endToEndP99Ms: number
}

export type ToSink = { kind: 'expect'; messages: number; fanOut: number } | { kind: 'report' }
export type FromSink =
  | { kind: 'ready'; port: number }
  | { kind: 'expecting' }
  | { kind: 'progress'; received: number }
  | { kind: 'report'; report: SinkReport }

export type ToLoad = { kind: 'run'; plan: LoadPlan }
export type FromLoad = { kind: 'ready' } | { kind: 'result'; result: LoadResult }

/** The monotonic clock, which processes on one machine share and nobody sets. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** The value that `share` of the sorted values do not exceed; NaN when there are none. */
export function percentile(sorted: Float64Array | number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)
  return sorted[Math.max(0, index)] ?? Number.NaN
}

/** Fork targets only: what the parent said, and how to answer it. */
export function connectToParent<In, Out>(onMessage: (message: In) => void) {
  process.on('message', onMessage)
  process.on('disconnect', () => process.exit(0))
  return (message: Out) => {
    process.send?.(message)
  }
}
