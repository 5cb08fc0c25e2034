// How many small transformations a second one thread runs, batched as deliveries are:
//   npx node -C bellwire-source bench/transformations.ts [seconds]
import { newId } from '../server/src/domain/ids.ts'
import { createTransformer } from '../server/src/transform/transformer.ts'

const CODE = `function handler(webhook) {
  const { name, employees } = webhook.payload.company
  webhook.payload = { text: name + ' has ' + employees, type: webhook.eventType }
  webhook.headers['x-company'] = name
  return webhook
}`
const payload = Buffer.from(JSON.stringify({ company: { name: 'Acme', employees: 51 }, n: 1 }))

const seconds = Number(process.argv[2] ?? 3)
const transformer = createTransformer({ threads: 1 })
const code = { key: 'bench/1', code: CODE, variables: {} }
let done = 0
let counting = false
const end = performance.now() + (seconds + 1) * 1000

/** Each of these waits for its answer before the next, as the sends of an endpoint do. */
async function oneAfterTheOther() {
  while (performance.now() < end) {
    const { shaped } = await transformer.transform(code, {
      ...{ messageId: newId('message'), at: new Date(), eventType: 'lead.create', payload },
      ...{ url: 'https://example.com/', channels: null, transformationsParams: {} },
    })
    if (shaped.kind !== 'request') throw new Error(JSON.stringify(shaped))
    if (counting) done++
  }
}

setTimeout(() => {
  counting = true
}, 1000)
const cpu = process.cpuUsage()
await Promise.all(Array.from({ length: 200 }, oneAfterTheOther))
const { user, system } = process.cpuUsage(cpu)
await transformer.stop()
const perSecond = Math.round(done / seconds)
const cores = (user + system) / 1e6 / (seconds + 1)
console.log(
  `${perSecond} transformations/s, ${cores.toFixed(2)} cores busy: ${Math.round(perSecond / cores)}/s per core`,
)
