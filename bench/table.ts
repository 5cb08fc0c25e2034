import type { Figures } from './figures.ts'
import type { SystemName } from './systems.ts'

export type PerSystem = Partial<Record<SystemName, Figures>>

const MIB = 1024 * 1024
const ROWS: [label: string, name: keyof Figures, show: (value: number) => string][] = [
  ['accepted/s', 'acceptedPerSecond', (value) => value.toFixed(0)],
  ['delivered/s', 'deliveredPerSecond', (value) => value.toFixed(0)],
  ['accept p50 ms', 'acceptP50Ms', (value) => value.toFixed(1)],
  ['accept p99 ms', 'acceptP99Ms', (value) => value.toFixed(1)],
  ['end to end p50 ms', 'endToEndP50Ms', (value) => value.toFixed(1)],
  ['end to end p99 ms', 'endToEndP99Ms', (value) => value.toFixed(1)],
  ['CPU µs/delivery, Node', 'nodeCpuMicrosPerDelivery', (value) => value.toFixed(0)],
  ['CPU µs/delivery, PostgreSQL', 'postgresCpuMicrosPerDelivery', (value) => value.toFixed(0)],
  ['peak PSS MiB, Node', 'peakPssNodeBytes', (value) => (value / MIB).toFixed(0)],
  ['peak PSS MiB, PostgreSQL', 'peakPssPostgresBytes', (value) => (value / MIB).toFixed(0)],
  ['peak PSS MiB, together', 'peakPssTotalBytes', (value) => (value / MIB).toFixed(0)],
  ['not accepted', 'notAccepted', String],
  ['lost', 'lost', String],
  ['duplicates', 'duplicates', String],
  ['accepted twice', 'doubled', String],
  ['malformed', 'malformed', String],
]

/** Bellwire's figure over the forwarder's; null when either is missing or zero. */
export function ratio(systems: PerSystem, name: keyof Figures): number | null {
  const ours = systems.bellwire?.[name]
  const ceiling = systems.forwarder?.[name]
  return ours && ceiling ? ours / ceiling : null
}

export function formatTable(title: string, systems: PerSystem): string {
  const cell = (figures: Figures | undefined, [, name, show]: (typeof ROWS)[number]) => {
    if (figures === undefined) return '–'
    const value = figures[name]
    return value === null || Number.isNaN(value) ? 'n/a' : show(value)
  }
  const lines = ROWS.map((row) => {
    const cells = [cell(systems.forwarder, row), cell(systems.bellwire, row)]
    return formatLine(row[0], [...cells, ratio(systems, row[1])?.toFixed(2) ?? ''])
  })
  return [formatLine(title, ['forwarder', 'bellwire', 'ratio']), ...lines].join('\n')
}

function formatLine(label: string, cells: string[]): string {
  return label.padEnd(30) + cells.map((cell) => cell.padStart(11)).join('')
}
