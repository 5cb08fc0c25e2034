// What a filter, a template and code cost: delivered per second and CPU per delivery, against an endpoint
// that has none of them. One Bellwire, one endpoint each, the same payload; in each round all of them take
// their turn, in another order, so that what else the machine does hits all alike.
//
//   npm run bench:shapes -- --messages 5000 --rounds 5
import { parseArgs } from 'node:util'
import { combineRounds, type Figures, toFigures } from './figures.ts'
import { startRig } from './measure.ts'
import { PLAIN } from './scenarios.ts'
import { type System, startSystem } from './systems.ts'

const CODE = `function handler(webhook) {
  const { seq, sentAt, pad } = webhook.payload
  webhook.headers['x-seq'] = String(seq)
  webhook.payload = { seq, sentAt, pad }
  return webhook
}`
const FILTER = {
  ...{ type: 'bench.message', 'payload.seq': { $gte: 0 } },
  $or: [{ 'payload.country': 'SE' }, { 'payload.pad': { $startsWith: 'x' } }],
}

type Call = (method: string, path: string, body: object) => Promise<{ id?: string }>
type Endpoint = { app: string; path: string; call: Call }
const MANY = 100

/** Each makes the endpoint what it is called; `times` are so many applications with one each. */
const SHAPES: { name: string; times?: number; set(endpoint: Endpoint): Promise<unknown> }[] = [
  { name: 'none', set: async () => {} },
  { name: 'filter', set: ({ path, call }) => call('PATCH', path, { filter: FILTER }) },
  {
    name: 'template',
    set: ({ path, call }) =>
      call('PUT', `${path}/template`, {
        ...{
          name: 'fields',
          parameters: { fields: ['payload.seq', 'payload.sentAt', 'payload.pad'] },
        },
      }),
  },
  {
    name: 'own template',
    set: async ({ path, call }) => {
      await call('PUT', 'template/bench', { code: CODE })
      await call('PUT', `${path}/template`, { name: 'bench' })
    },
  },
  { name: 'transformation', set: transform },
  { name: `transformation × ${MANY}`, times: MANY, set: transform },
]

function transform({ path, call }: Endpoint) {
  return call('PATCH', `${path}/transformation`, { code: CODE, enabled: true })
}

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '5' },
    concurrency: { type: 'string', default: '100' },
  },
})
const [messages, rounds, concurrency] = [values.messages, values.rounds, values.concurrency].map(
  (text) => {
    const value = Number(text)
    if (Number.isInteger(value) && value > 0) return value
    throw new Error(`expected whole numbers above 0, not "${text}"`)
  },
) as [number, number, number]

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort())
const { signal } = interruption

const figures = new Map(SHAPES.map(({ name }) => [name, [] as Figures[]]))
const rig = await startRig(signal)
try {
  const system = await startSystem('bellwire', { variant: PLAIN, sinkUrl: rig.sinkUrl, signal })
  try {
    await measureAll(system)
  } finally {
    await system.stop()
  }
} catch (error) {
  if (!signal.aborted) throw error
  console.error('Interrupted.')
  process.exit(130)
} finally {
  await rig.stop()
}
printTable()

async function measureAll(system: System) {
  const systems: { name: string; system: System }[] = []
  for (const { name, times = 1, set } of SHAPES) {
    const applicationIds = await applicationsWith(system, { times, set })
    systems.push({ name, system: { ...system, applicationIds } })
  }
  const pace = { kind: 'closed', concurrency } as const
  const warmUp = { messages: Math.ceil(messages / 5), pace }
  for (const { system } of systems) await rig.measure(system, warmUp)
  for (let round = 0; round < rounds; round++) {
    const at = round % systems.length
    const turned = [...systems.slice(at), ...systems.slice(0, at)]
    // Half of the rounds backwards: then nobody always follows the same one.
    for (const { name, system } of round % 2 === 0 ? turned : turned.toReversed()) {
      console.error(`round ${round + 1} of ${rounds}: ${name}`)
      const measured = toFigures({ messages }, await rig.measure(system, { messages, pace }))
      figures.get(name)!.push(measured)
    }
  }
}

async function applicationsWith(
  { baseUrl, token }: System,
  { times, set }: { times: number; set(endpoint: Endpoint): Promise<unknown> },
): Promise<string[]> {
  const call: Call = async (method, path, body) => {
    const url = `${baseUrl}/api/v1/${path}`
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`)
    return text === '' ? {} : (JSON.parse(text) as { id: string })
  }
  const ids: string[] = []
  for (let n = 0; n < times; n++) {
    const { id: app } = await call('POST', 'app', { name: 'shapes' })
    const { id } = await call('POST', `app/${app}/endpoint`, { url: rig.sinkUrl })
    await set({ app: app!, path: `app/${app}/endpoint/${id}`, call })
    ids.push(app!)
  }
  return ids
}

function printTable() {
  const all = SHAPES.map(({ name }) => ({ name, combined: combineRounds(figures.get(name)!) }))
  const none = all[0]!.combined
  const cpu = (of: Figures) =>
    (of.nodeCpuMicrosPerDelivery ?? Number.NaN) + (of.postgresCpuMicrosPerDelivery ?? 0)
  const columns = ['delivered/s', 'ratio', 'CPU µs', 'ratio', 'Node µs', 'PostgreSQL µs', 'p50 ms']
  console.log(`${''.padEnd(22)}${columns.map((column) => column.padStart(14)).join('')}`)
  for (const { name, combined } of all) {
    const cells = [
      combined.deliveredPerSecond.toFixed(0),
      (combined.deliveredPerSecond / none.deliveredPerSecond).toFixed(2),
      cpu(combined).toFixed(0),
      (cpu(combined) / cpu(none)).toFixed(2),
      combined.nodeCpuMicrosPerDelivery?.toFixed(0) ?? 'n/a',
      combined.postgresCpuMicrosPerDelivery?.toFixed(0) ?? 'n/a',
      combined.endToEndP50Ms.toFixed(1),
    ]
    console.log(`${name.padEnd(22)}${cells.map((cell) => cell.padStart(14)).join('')}`)
    const { lost, notAccepted, malformed } = combined
    if (lost + notAccepted + malformed === 0) continue
    console.error(
      `LOST: ${name}: ${notAccepted} not accepted, ${lost} lost, ${malformed} malformed`,
    )
    process.exitCode = 1
  }
}
