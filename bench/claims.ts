import type { Figures } from './figures.ts'
import { CLAIMS, type Claim } from './scenarios.ts'
import type { SystemName } from './systems.ts'

export type Results = { scenario: string; systems: Partial<Record<SystemName, Figures>> }[]
export type Verdict = Claim & { value: number; holds: boolean }

/** Each promise whose figures were measured, with what came out. */
export function judge(results: Results): Verdict[] {
  return CLAIMS.flatMap((claim) => {
    const own = read(results, { system: 'bellwire', scenario: claim.scenario }, claim.figure)
    const other = claim.against && read(results, claim.against, claim.figure)
    if (own === null || (claim.against !== null && !other)) return []
    const value = other === null ? own : own / other
    const holds = value >= (claim.atLeast ?? -Infinity) && value <= (claim.atMost ?? Infinity)
    return [{ ...claim, value, holds }]
  })
}

function read(
  results: Results,
  { system, scenario }: { system: SystemName; scenario: string },
  figure: Claim['figure'],
): number | null {
  const figures = results.find((each) => each.scenario === scenario)?.systems[system]
  if (figures === undefined) return null
  if (figure !== 'cpuMicrosPerDelivery') return figures[figure]
  const { nodeCpuMicrosPerDelivery: node, postgresCpuMicrosPerDelivery: postgres } = figures
  return node === null ? null : node + (postgres ?? 0)
}

const WORDS: Record<Claim['figure'], string> = {
  deliveredPerSecond: 'delivered/s',
  endToEndP99Ms: 'end-to-end p99',
  cpuMicrosPerDelivery: 'CPU per delivery',
  peakPssTotalBytes: 'memory (PSS)',
}

export function formatVerdicts(verdicts: Verdict[]): string {
  const lines = verdicts.map(({ scenario, figure, against, atLeast, atMost, value, holds }) => {
    const than = against === null ? '' : ` against ${against.system}, ${against.scenario}`
    const bound = atLeast === undefined ? `≤ ${show(figure, against, atMost!)}` : `≥ ${atLeast}`
    const mark = holds ? 'ok    ' : 'MISSED'
    return `${mark} ${show(figure, against, value).padStart(9)} (${bound})  ${scenario}: ${WORDS[figure]}${than}`
  })
  return lines.join('\n')
}

function show(figure: Claim['figure'], against: Claim['against'], value: number): string {
  if (against !== null) return value.toFixed(2)
  if (figure === 'peakPssTotalBytes') return `${Math.round(value / 1024 / 1024)} MiB`
  return `${value.toFixed(1)} ms`
}
