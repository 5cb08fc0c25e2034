// What Bellwire costs, as a ratio to a forwarder without storage, measured in the same run on the
// same machine. Absolute figures say more about the machine.
//
//   npm run bench -- --quick
//   npm run bench -- --only bellwire --scenarios backlog,history
//   npm run bench -- --messages 20000 --concurrency 100 --rounds 3 --json figures.json
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { formatVerdicts, judge } from './claims.ts'
import { combineRounds, type Figures, toFigures } from './figures.ts'
import { startRig } from './measure.ts'
import { toVariants, type Variant } from './scenarios.ts'
import { readSettings } from './settings.ts'
import { type SystemName, startSystem } from './systems.ts'
import { formatTable, type PerSystem, ratio } from './table.ts'

// Ctrl-C makes whatever is being waited for fail, so that everything started is stopped below.
const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort())
const { signal } = interruption

const settings = readSettings()
const variants = toVariants(settings).filter(
  ({ name }) => settings.scenarios?.some((part) => name.includes(part.trim())) ?? true,
)

type Round = { system: SystemName; scenario: string; figures: Figures }
const rounds: Round[] = []
try {
  for (let round = 0; round < settings.rounds; round++) {
    for (const variant of variants) {
      const wanted = variant.systems.filter((system) => settings.systems.includes(system))
      // Turned round each time, so that neither always runs on the warmer or the busier machine.
      for (const system of round % 2 === 0 ? wanted : wanted.toReversed()) {
        console.error(`round ${round + 1} of ${settings.rounds}: ${variant.name}, ${system}`)
        rounds.push(...(await runRound(system, variant)))
      }
    }
  }
} catch (error) {
  if (!signal.aborted) throw error
  console.error('Interrupted.')
  process.exit(130)
}

const scenarios = [...new Set(rounds.map(({ scenario }) => scenario))]
const results = scenarios.map((scenario) => {
  const systems: PerSystem = {}
  for (const system of settings.systems) {
    const own = rounds.filter((each) => each.scenario === scenario && each.system === system)
    if (own.length > 0) systems[system] = combineRounds(own.map(({ figures }) => figures))
  }
  const deliveredRatio = ratio(systems, 'deliveredPerSecond')
  return { scenario, deliveredRatio, systems }
})
for (const { scenario, systems } of results) console.log(`\n${formatTable(scenario, systems)}`)
const verdicts = judge(results)
console.log(`\n${formatVerdicts(verdicts)}`)
console.log(`\nWritten to ${await writeResults()}`)

// The load generator never repeats, so what was not accepted is lost to its sender, too.
const losses = rounds.filter(({ figures }) => figures.lost > 0 || figures.notAccepted > 0)
for (const { system, scenario, figures } of losses) {
  console.error(
    `LOST: ${system}, ${scenario}: ${figures.notAccepted} not accepted, ${figures.lost} not received`,
  )
}
process.exitCode = losses.length > 0 ? 1 : 0

/** Everything is started anew, so that no round profits or suffers from the one before. */
async function runRound(name: SystemName, variant: Variant): Promise<Round[]> {
  const rig = await startRig(signal)
  try {
    const system = await startSystem(name, { variant, sinkUrl: rig.sinkUrl, signal })
    try {
      const pace = { kind: 'closed', concurrency: settings.concurrency } as const
      await rig.measure(system, { messages: settings.warmUp, pace })
      const measured: Round[] = []
      for (const step of variant.steps) {
        const figures = toFigures(step, await rig.measure(system, step))
        measured.push({ system: name, scenario: step.scenario, figures })
      }
      return measured
    } finally {
      await system.stop()
    }
  } finally {
    await rig.stop()
  }
}

async function writeResults(): Promise<string> {
  const now = new Date()
  const name = `${now.toISOString().replaceAll(':', '-')}.json`
  const file = settings.json ?? join(import.meta.dirname, 'results', name)
  const machine = {
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
  }
  const document = { at: now, machine, settings, verdicts, results, rounds }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
  return file
}
