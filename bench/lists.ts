// How long each list takes, with each of its filters, when one application has a long history: over
// HTTP, on a real Bellwire. No request may take 50 ms in more than one of twenty.
//
//   npm run bench:lists -- --quick
//   npm run bench:lists -- --rows 1000000 --spread weeks --statistics stale --json figures.json
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from '../server/src/store/connect.ts'
import { attachEmbedded } from '../server/src/store/embedded/attach.ts'
import { type Answered, formatLine, HEADING, measureRequest } from './lists-measure.ts'
import { findPlaces, type ListRequest, listRequests } from './lists-requests.ts'
import { seedHistory } from './lists-seed.ts'
import { readListSettings } from './lists-settings.ts'
import { PLAIN } from './scenarios.ts'
import { startSystem } from './systems.ts'

const TARGET_MS = 50
const NOWHERE = 'http://127.0.0.1:9/'

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort())
const { signal } = interruption

const settings = readListSettings()
const results: (ListRequest & Answered)[] = []
const loadBefore = loadavg()
const system = await startSystem('bellwire', { variant: PLAIN, sinkUrl: NOWHERE, signal })
try {
  const requests = await seedAndList(system.watched.dataDirectory!)
  console.log(HEADING)
  for (const request of requests) {
    signal.throwIfAborted()
    const answered = await measureRequest(system, request, settings.requests)
    results.push({ ...request, ...answered })
    console.log(formatLine(request, answered))
  }
} catch (error) {
  if (!signal.aborted) throw error
  console.error('Interrupted.')
  process.exitCode = 130
} finally {
  await system.stop()
}

if (!signal.aborted) {
  console.log(`\nLoad before ${loadBefore}, after ${loadavg()}. Written to ${await writeResults()}`)
  const slow = results.filter(({ p95Ms }) => p95Ms >= TARGET_MS)
  for (const { list, what, p95Ms } of slow) {
    console.error(`SLOW: ${list}, ${what}: p95 ${p95Ms.toFixed(0)} ms`)
  }
  process.exitCode = slow.length > 0 ? 1 : 0
}

async function seedAndList(dataDirectory: string): Promise<ListRequest[]> {
  const connection = await attachEmbedded(dataDirectory)
  if (connection === null) throw new Error(`No database runs in ${dataDirectory}.`)
  const { pool, close } = connect(connection, { onError: () => {}, poolSize: 1 })
  try {
    const startedAt = performance.now()
    await seedHistory(pool, settings)
    console.error(`Seeded in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`)
    const requests = listRequests(await findPlaces(pool, settings.rows))
    return requests.filter(({ list, what }) => `${list}: ${what}`.includes(settings.only))
  } finally {
    await close()
  }
}

async function writeResults(): Promise<string> {
  const at = new Date()
  const name = `lists-${at.toISOString().replaceAll(':', '-')}.json`
  const file = settings.json ?? join(import.meta.dirname, 'results', name)
  const machine = {
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    load: { before: loadBefore, after: loadavg() },
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify({ at, machine, settings, results }, null, 2)}\n`)
  return file
}
