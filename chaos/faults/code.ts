// §8: customers' code that hurts.
import assert from 'node:assert/strict'
import { newApplication } from '../bulk-endpoints.ts'
import { type Fault, until } from '../fault.ts'
import { newStand, type Stand } from '../stand.ts'
import { assertNeighbours, healthyP99 } from './load.ts'

const POISON = {
  throws: 'function handler() { throw new TypeError("poison") }',
  loops: 'function handler() { for (;;) {} }',
  eats: 'function handler() { const all = []; for (;;) all.push("x".repeat(100000) + all.length) }',
  swells: 'function handler(webhook) { webhook.payload = "x".repeat(5e7); return webhook }',
}
const WELL = 'function handler(webhook) { webhook.payload.seen = true; return webhook }'
const OF_EACH = 25

async function setCode({ node }: Stand, app: string, endpoint: string, code: string) {
  const path = `/app/${app}/endpoint/${endpoint}/transformation`
  const { status, body } = await node.call('PATCH', path, { code, enabled: true })
  assert.ok(status < 300, `${status} ${JSON.stringify(body)}`)
}

export const codeFaults: Fault[] = [
  {
    id: 'F72',
    name: 'poison code at 100 endpoints: throws, loops, eats memory, returns 50 MB',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { recorder, publisherOf, sql, node } = stand
      const good = await newApplication(stand, [recorder.url('/ok/healthy')])
      const coded = await newApplication(stand, [recorder.url('/ok/coded')])
      await setCode(stand, coded.app, coded.endpoints[0]!, WELL)
      const kinds = Object.entries(POISON)
      const urls = kinds.flatMap(([kind]) =>
        Array.from({ length: OF_EACH }, (_, i) => recorder.url(`/ok/${kind}/${i}`)),
      )
      const bad = await newApplication(stand, urls)
      for (const [index, endpoint] of bad.endpoints.entries()) {
        await setCode(stand, bad.app, endpoint, kinds[Math.floor(index / OF_EACH)]![1])
      }
      const alone = await healthyP99(stand, good.app, 'alone')
      const { accepted } = await publisherOf(bad.app).publish('poison', { count: 1 }).done
      assert.equal(accepted.size, 1)
      const beside = await publisherOf(coded.app).publish('coded', { count: 20 }).done
      const among = await healthyP99(stand, good.app, 'among')
      const failures = () =>
        sql<{ kind: string; endpoints: number; message: string }>(
          `select split_part(e.url, '/', 5) as kind, count(distinct e.id)::int as endpoints,
                  min(a.failure_message) as message
             from attempt a join endpoint e on e.id = a.endpoint_id
            where a.failure_code = 'transformation_failed' group by 1`,
        )
      const all = await until(
        'each has failed',
        async () => {
          const rows = await failures()
          const done = rows.filter(({ endpoints }) => endpoints === OF_EACH)
          return done.length === kinds.length && rows
        },
        { within: 90_000, every: 500, or: async () => JSON.stringify(await failures()) },
      )
      assert.match(all.find(({ kind }) => kind === 'throws')!.message, /poison/)
      const came = (path: string) => async () =>
        (await recorder.records()).filter((record) => record.path === path)
      await until(
        'good code went on',
        async () => (await came('/ok/coded')()).length >= beside.accepted.size,
      )
      for (const [kind] of kinds) assert.equal((await came(`/ok/${kind}/0`)()).length, 0)
      assert.ok(node.now().isRunning())
      return `${assertNeighbours(alone, among)}; ${kinds.length * OF_EACH} failed as transformation_failed`
    },
  },
]
