// What is measured, and what each figure is held against: the forwarder of the same run, or Bellwire's
// own plain throughput. A variant is one start of the systems; its steps are measured one after another.
import type { Pace } from './messages.ts'
import type { Settings } from './settings.ts'
import type { SystemName } from './systems.ts'

/** Endpoints beside those measured: some never answer, some are not there. */
export type Neighbours = { hanging: number; dead: number; perSecond: number }

export type Step = {
  scenario: string
  messages: number
  pace: Pace
  /** Messages for the neighbours go along, unmeasured. */
  disturbed?: boolean
}

export type Variant = {
  name: string
  systems: readonly SystemName[]
  applications: number
  /** Endpoints of each application. */
  fanOut: number
  processes: number
  /** Rows that are there before: deliveries that wait, or messages of long ago with what became of them. */
  waiting: number
  history: number
  neighbours: Neighbours | null
  steps: Step[]
}

/** A figure of a scenario over the same figure of what it is compared with. */
export type Claim = {
  scenario: string
  figure: 'deliveredPerSecond' | 'endToEndP99Ms' | 'cpuMicrosPerDelivery' | 'peakPssTotalBytes'
  /** Null: the figure itself is the claim. */
  against: { system: SystemName; scenario: string } | null
  atLeast?: number
  atMost?: number
}

/** One application with one endpoint, on one process with nothing in it. */
export const PLAIN: Variant = {
  name: 'plain',
  systems: ['bellwire'],
  applications: 1,
  fanOut: 1,
  processes: 1,
  waiting: 0,
  history: 0,
  neighbours: null,
  steps: [],
}

const LATENCY_PER_SECOND = 300
const MIB = 1024 * 1024
const LATENCY = `latency at ${LATENCY_PER_SECOND}/s`

export function toVariants(settings: Settings): Variant[] {
  const { messages, concurrency, latencySeconds, quick } = settings
  const closed = { kind: 'closed', concurrency } as const
  const paced = { kind: 'rate', perSecond: LATENCY_PER_SECOND, concurrency } as const
  const atRate = { messages: LATENCY_PER_SECOND * latencySeconds, pace: paced }
  const variant = (name: string, given: Partial<Variant> = {}): Variant => ({
    ...{ ...PLAIN, name, steps: [{ scenario: name, messages, pace: closed }] },
    ...given,
  })
  return [
    variant('throughput', {
      systems: ['forwarder', 'bellwire'],
      steps: [
        { scenario: 'throughput', messages, pace: closed },
        { scenario: LATENCY, ...atRate },
      ],
    }),
    variant('fan-out 10', {
      systems: ['forwarder', 'bellwire'],
      fanOut: 10,
      steps: [{ scenario: 'fan-out 10', messages: Math.ceil(messages / 5), pace: closed }],
    }),
    variant('1,000 applications', { applications: quick ? 100 : 1_000 }),
    variant('backlog', { waiting: quick ? 50_000 : 1_000_000 }),
    variant('history', { history: quick ? 50_000 : 2_000_000 }),
    variant('neighbours', {
      applications: 90,
      neighbours: { hanging: 10, dead: quick ? 100 : 1_000, perSecond: 100 },
      steps: [
        { scenario: 'undisturbed', ...atRate },
        { scenario: 'neighbours', ...atRate, disturbed: true },
      ],
    }),
    variant('two processes', { processes: 2 }),
  ]
}

const forwarder = (scenario: string) => ({ system: 'forwarder' as const, scenario })
const bellwire = (scenario: string) => ({ system: 'bellwire' as const, scenario })

/** What the product promises on two cores with everything on them. */
export const CLAIMS: Claim[] = [
  {
    scenario: 'throughput',
    figure: 'deliveredPerSecond',
    against: forwarder('throughput'),
    atLeast: 0.7,
  },
  {
    scenario: 'fan-out 10',
    figure: 'deliveredPerSecond',
    against: forwarder('fan-out 10'),
    atLeast: 0.9,
  },
  {
    scenario: '1,000 applications',
    figure: 'deliveredPerSecond',
    against: bellwire('throughput'),
    atLeast: 0.9,
  },
  { scenario: LATENCY, figure: 'endToEndP99Ms', against: forwarder(LATENCY), atMost: 3 },
  { scenario: LATENCY, figure: 'endToEndP99Ms', against: null, atMost: 20 },
  {
    scenario: 'backlog',
    figure: 'deliveredPerSecond',
    against: bellwire('throughput'),
    atLeast: 0.85,
  },
  {
    scenario: 'history',
    figure: 'deliveredPerSecond',
    against: bellwire('throughput'),
    atLeast: 0.85,
  },
  {
    scenario: 'neighbours',
    figure: 'endToEndP99Ms',
    against: bellwire('undisturbed'),
    atMost: 2,
  },
  {
    scenario: 'throughput',
    figure: 'cpuMicrosPerDelivery',
    against: forwarder('throughput'),
    atMost: 2.2,
  },
  { scenario: 'throughput', figure: 'peakPssTotalBytes', against: null, atMost: 350 * MIB },
]
