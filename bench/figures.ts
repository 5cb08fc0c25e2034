import type { Measurement, Scenario } from './measure.ts'

/** One measurement in the units people compare. Null: this platform can't tell. */
export type Figures = {
  acceptedPerSecond: number
  deliveredPerSecond: number
  acceptP50Ms: number
  acceptP99Ms: number
  endToEndP50Ms: number
  endToEndP99Ms: number
  nodeCpuMicrosPerDelivery: number | null
  postgresCpuMicrosPerDelivery: number | null
  peakPssNodeBytes: number | null
  peakPssPostgresBytes: number | null
  peakPssTotalBytes: number | null
  notAccepted: number
  lost: number
  duplicates: number
  doubled: number
  malformed: number
}

export function toFigures(
  { messages }: Pick<Scenario, 'messages'>,
  { load, sink, usage }: Measurement,
): Figures {
  const accepted = load.statuses['202'] ?? 0
  const perSecond = (count: number, untilMs: number) =>
    count === 0 ? 0 : (count * 1000) / (untilMs - load.startedAtMs)
  const perDelivery = (cpuMs: number | undefined) =>
    cpuMs === undefined || sink.received === 0 ? null : (cpuMs * 1000) / sink.received
  return {
    acceptedPerSecond: perSecond(accepted, load.endedAtMs),
    deliveredPerSecond: perSecond(sink.received, sink.lastArrivalMs),
    acceptP50Ms: load.acceptP50Ms,
    acceptP99Ms: load.acceptP99Ms,
    endToEndP50Ms: sink.endToEndP50Ms,
    endToEndP99Ms: sink.endToEndP99Ms,
    nodeCpuMicrosPerDelivery: perDelivery(usage?.cpuMs.node),
    postgresCpuMicrosPerDelivery: perDelivery(usage?.cpuMs.postgres),
    peakPssNodeBytes: usage?.peakPssBytes.node ?? null,
    peakPssPostgresBytes: usage?.peakPssBytes.postgres ?? null,
    peakPssTotalBytes: usage?.peakPssBytes.total ?? null,
    notAccepted: messages - accepted,
    lost: sink.lost,
    duplicates: sink.duplicates,
    doubled: sink.doubled,
    malformed: sink.malformed,
  }
}

// A median would hide the round that lost something.
const SUMMED = ['notAccepted', 'lost', 'duplicates', 'doubled', 'malformed'] as const

/** Over the rounds: the median of what varies, the sum of what must not happen. */
export function combineRounds(rounds: Figures[]): Figures {
  const [first] = rounds
  if (first === undefined) throw new Error('There are no rounds to combine.')
  const names = Object.keys(first) as (keyof Figures)[]
  const entries = names.map((name) => {
    const values = rounds.map((round) => round[name])
    const isSum = SUMMED.some((summed) => summed === name)
    return [name, isSum ? sum(values) : median(values)]
  })
  // Same names as in `first`, and each value is a number or null.
  return Object.fromEntries(entries) as Figures
}

function sum(values: (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}

/** Null when nothing is known. */
export function median(values: (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
