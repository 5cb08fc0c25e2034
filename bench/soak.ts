// Ten minutes at full throughput: memory, and the tables that live from row to row, must stay as they are.
//
//   npm run bench:soak -- --minutes 10
import { parseArgs } from 'node:util'
import { connect } from '../server/src/store/connect.ts'
import { attachEmbedded } from '../server/src/store/embedded/attach.ts'
import { type Figures, median, toFigures } from './figures.ts'
import { startRig } from './measure.ts'
import { PLAIN } from './scenarios.ts'
import { startSystem } from './systems.ts'

/** About ten seconds of it. */
const STRETCH = 30_000
const MIB = 1024 * 1024
/** The last third against the one before it, which is warm. */
const FLAT = 1.1

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`expected minutes above 0, not "${values.minutes}"`)

type Stretch = { figures: Figures; hotBytes: number; deadRows: number }

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort())
const { signal } = interruption

const rig = await startRig(signal)
const system = await startSystem('bellwire', { variant: PLAIN, sinkUrl: rig.sinkUrl, signal })
const connection = await attachEmbedded(system.watched.dataDirectory!)
const store = connect(connection!, { onError() {} })
const stretches: Stretch[] = []
try {
  const until = performance.now() + minutes * 60_000
  console.log(`${'seconds'.padEnd(9)}delivered/s  Node MiB  PostgreSQL MiB  in hand MiB  dead rows`)
  while (performance.now() < until && !signal.aborted) {
    const step = { messages: STRETCH, pace: { kind: 'closed', concurrency: 100 } } as const
    const figures = toFigures(step, await rig.measure(system, step))
    const stretch = { figures, ...(await hotTable()) }
    stretches.push(stretch)
    printLine(stretch, (until - performance.now()) / 1_000)
  }
} finally {
  await store.close()
  await system.stop()
  await rig.stop()
}
printVerdict()

/** The table whose rows live for milliseconds, with its indexes. */
async function hotTable() {
  const { rows } = await store.pool.query<{ bytes: number; dead: number }>(
    `select pg_total_relation_size('pending_delivery')::float8 as bytes, n_dead_tup::float8 as dead
       from pg_stat_user_tables where relname = 'pending_delivery'`,
  )
  return { hotBytes: rows[0]!.bytes, deadRows: rows[0]!.dead }
}

function printLine({ figures, hotBytes, deadRows }: Stretch, leftSeconds: number) {
  const cells = [
    figures.deliveredPerSecond.toFixed(0).padStart(11),
    mib(figures.peakPssNodeBytes).padStart(10),
    mib(figures.peakPssPostgresBytes).padStart(16),
    mib(hotBytes).padStart(13),
    String(deadRows).padStart(11),
  ]
  console.log(`${(minutes * 60 - leftSeconds).toFixed(0).padEnd(9)}${cells.join('')}`)
}

function printVerdict() {
  const third = Math.floor(stretches.length / 3)
  if (third === 0) throw new Error('too short to tell: give it more minutes')
  const warm = stretches.slice(third, 2 * third)
  const last = stretches.slice(2 * third)
  const claims: [string, (stretch: Stretch) => number | null][] = [
    ['memory (PSS)', ({ figures }) => figures.peakPssTotalBytes],
    ['pending_delivery on disk', ({ hotBytes }) => hotBytes],
  ]
  for (const [name, of] of claims) {
    const [before, now] = [warm, last].map((some) => median(some.map(of)) ?? Number.NaN)
    const ratio = now! / before!
    const isFlat = ratio <= FLAT
    if (!isFlat) process.exitCode = 1
    const text = `${mib(before!)} → ${mib(now!)} MiB`
    console.log(
      `${isFlat ? 'ok    ' : 'MISSED'}  ${ratio.toFixed(2)} (≤ ${FLAT})  ${name}: ${text}`,
    )
  }
  const wrong = stretches.reduce(
    (sum, { figures: { notAccepted, lost, malformed } }) => sum + notAccepted + lost + malformed,
    0,
  )
  const delivered = stretches.length * STRETCH
  if (wrong > 0) process.exitCode = 1
  console.log(`${wrong === 0 ? 'ok    ' : 'MISSED'}  ${wrong} of ${delivered} not accepted or lost`)
}

function mib(bytes: number | null): string {
  return bytes === null ? 'n/a' : (bytes / MIB).toFixed(0)
}
