// Every fault of the catalogue that one Linux machine can produce, one line each. Loopback only, bounded
// in count and time.
//
//   npm run chaos
//   npm run chaos -- --list
//   npm run chaos -- --quick
//   npm run chaos -- --only F20,R07 --json /tmp/chaos.json
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Fault, Skip } from './fault.ts'
import { clockFaults } from './faults/clocks.ts'
import { codeFaults } from './faults/code.ts'
import { dataFaults } from './faults/data.ts'
import { databaseFaults } from './faults/database.ts'
import { diskFaults } from './faults/disks.ts'
import { jobFaults } from './faults/jobs.ts'
import { loadFaults } from './faults/load.ts'
import { nameFaults } from './faults/names.ts'
import { nodeFaults } from './faults/nodes.ts'
import { processFaults } from './faults/process.ts'
import { receiverFaults } from './faults/receivers.ts'
import { upgradeFaults } from './faults/upgrades.ts'
import { removeShared } from './stand.ts'

const LONGEST_FAULT_MS = 180_000

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})
const all = [
  processFaults,
  databaseFaults,
  receiverFaults,
  loadFaults,
  diskFaults,
  clockFaults,
  dataFaults,
  jobFaults,
  codeFaults,
  nameFaults,
  nodeFaults,
  upgradeFaults,
].flat()
if (values.list) {
  for (const { id, name, quick } of all)
    console.log(`${id.padEnd(4)} ${quick ? 'quick' : '     '} ${name}`)
  process.exit(0)
}
const wanted = values.only?.split(',')
const unknown = wanted?.filter((id) => !all.some((fault) => fault.id === id)) ?? []
if (unknown.length > 0) {
  console.error(
    `No such fault: ${unknown.join(', ')}. There are ${all.map(({ id }) => id).join(' ')}.`,
  )
  process.exit(2)
}
const chosen = all.filter(({ id, quick }) =>
  wanted === undefined ? !values.quick || quick : wanted.includes(id),
)
const counts = { passed: 0, failed: 0, skipped: 0 }
type Report = {
  id: string
  name: string
  verdict: keyof typeof counts
  seconds: number
  said: string
}
const reports: Report[] = []
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130))

for (const fault of chosen) await runOne(fault)
await removeShared()
const notRun = all.length - chosen.length
console.log(`\n${counts.skipped} skipped${notRun > 0 ? `, ${notRun} left out` : ''}`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exit(counts.failed > 0 ? 1 : 0)

async function runOne({ id, name, run }: Fault) {
  const startedAt = performance.now()
  const closing: (() => unknown)[] = []
  const say = (verdict: keyof typeof counts, text: string) => {
    counts[verdict]++
    const seconds = (performance.now() - startedAt) / 1000
    const shown = seconds.toFixed(1).padStart(5)
    console.log(`${id.padEnd(4)} ${verdict.padEnd(7)} ${shown} s  ${name}: ${text}`)
    reports.push({ id, name, verdict, seconds, said: text })
    // After each: who stops it has what there is.
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(reports, null, 2))
  }
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`took longer than ${LONGEST_FAULT_MS} ms`)),
      LONGEST_FAULT_MS,
    )
  })
  try {
    const working = run({ quick: values.quick, after: (work) => closing.push(work) })
    say('passed', await Promise.race([working, tooLong]))
  } catch (error) {
    if (error instanceof Skip) say('skipped', error.message)
    else say('failed', error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    clearTimeout(timer)
  }
  for (const close of closing.reverse()) await close()
}
