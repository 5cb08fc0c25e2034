// §7: names, routes and our own way out.
import assert from 'node:assert/strict'
import { newApplication } from '../bulk-endpoints.ts'
import { type DnsAnswer, startDns } from '../dns.ts'
import { type Fault, missing, type Run, sleep, until } from '../fault.ts'
import { newStand, type Stand } from '../stand.ts'
import { assertNeighbours, healthyP99 } from './load.ts'

const HERE = ['127.0.0.1']

async function newNames(run: Run, answer: (name: string) => DnsAnswer) {
  const dns = await startDns(answer)
  run.after(() => dns.stop())
  const stand = await newStand(run, {
    paths: [],
    // Longer than a look-up may take.
    env: { BELLWIRE_EGRESS_DNS: `127.0.0.1:${dns.port}`, BELLWIRE_REQUEST_TIMEOUT: '5' },
  })
  const at = (host: string, path: string) => `http://${host}:${stand.recorder.port}${path}`
  return { dns, stand, at }
}

async function codesOf({ sql }: Stand, like: string) {
  const rows = await sql<{ code: string; n: number }>(
    `select coalesce(failure_code, 'delivered') as code, count(*)::int as n
       from attempt where url like $1 group by 1`,
    [like],
  )
  return Object.fromEntries(rows.map(({ code, n }) => [code, n])) as { [code: string]: number }
}

const p99 = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!

export const nameFaults: Fault[] = [
  {
    id: 'F60',
    name: 'DNS flaps: address, SERVFAIL, silence',
    async run(run) {
      let turn = 0
      const turns = [HERE, 'servfail', 'silence'] as const
      const { stand, at } = await newNames(run, (name) =>
        name.startsWith('flaps') ? ([...turns][Math.floor(turn++ / 4) % 3]! as DnsAnswer) : HERE,
      )
      await stand.addEndpoint(at('flaps.example.net', '/flaps'))
      await stand.addEndpoint(at('steady.example.net', '/ok/steady'))
      const { done } = stand.publisher.publish('flap', { count: 300, perSecond: 30 })
      await done
      await stand.drained()
      const codes = await codesOf(stand, 'http://flaps%')
      assert.ok((codes['dns_failure'] ?? 0) > 0, JSON.stringify(codes))
      assert.deepEqual(Object.keys(codes).sort(), ['delivered', 'dns_failure'])
      const [{ slowest }] = (await stand.sql(
        "select max(duration_ms) as slowest from attempt where failure_code = 'dns_failure'",
      )) as [{ slowest: number }]
      assert.ok(slowest <= 3_300, `a slot was held for ${slowest} ms`)
      const steady = (await stand.recorder.records()).filter(({ path }) => path === '/ok/steady')
      const slow = p99(steady.map(({ tookMs }) => tookMs))
      assert.equal(steady.length, 300)
      assert.ok(slow < 1_400, `the other name waits for no silence: p99 ${slow} ms`)
      return `${JSON.stringify(codes)}, slots free after ${slowest} ms, the other name p99 ${slow} ms`
    },
  },
  {
    id: 'F61',
    name: '1,000 names hang',
    async run(run) {
      const { stand, at } = await newNames(run, (name) =>
        name.endsWith('.slow.example.net') ? 'silence' : HERE,
      )
      const good = await newApplication(stand, [at('healthy.example.net', '/ok/healthy')])
      const alone = await healthyP99(stand, good.app, 'alone')
      const urls = Array.from({ length: 1_000 }, (_, i) => at(`n${i}.slow.example.net`, '/never'))
      const bad = await newApplication(stand, urls)
      const { done } = stand.publisherOf(bad.app).publish('hang', { count: 2, perSecond: 1 })
      await sleep(1_000)
      const among = await healthyP99(stand, good.app, 'among')
      await done
      const codes = await codesOf(stand, '%slow.example.net%')
      assert.deepEqual(Object.keys(codes), ['dns_failure'], JSON.stringify(codes))
      return `${assertNeighbours(alone, among)}; ${JSON.stringify(codes)}`
    },
  },
  {
    id: 'F62',
    name: 'resolver gone',
    async run(run) {
      const { dns, stand, at } = await newNames(run, () => HERE)
      for (let i = 0; i < 20; i++) await stand.addEndpoint(at(`n${i}.example.net`, `/ok/${i}`))
      dns.stop()
      const { ledger, done } = stand.publisher.publish('gone', { count: 20, perSecond: 10 })
      await done
      const local = () => stand.node.figure('bellwire_attempts_total{outcome="local_failure"}')
      await until('it is seen as trouble of our own', async () => (await local()) > 20, {
        within: 20_000,
      })
      const told = (await fetch(`${stand.node.url}/readyz`).then((r) => r.json())) as {
        [part: string]: string
      }
      assert.match(told['egress'] ?? '', /name server/, JSON.stringify(told))
      const [{ used }] = (await stand.sql(
        'select coalesce(max(attempts), 0)::int as used from pending_delivery',
      )) as [{ used: number }]
      assert.equal(used, 0, 'no attempt is used up')
      await dns.start()
      await stand.drained()
      const delivered = (await stand.recorder.records()).length
      assert.equal(delivered, ledger.accepted.size * 20)
      return `${await local()} local failures, no attempt used up, ${delivered} delivered after its return; /readyz: ${told['egress']}`
    },
  },
  {
    id: 'F63',
    name: 'rebinding during load',
    async run(run) {
      let turn = 0
      const { stand, at } = await newNames(run, (name) =>
        name.startsWith('rebinds') && Math.floor(turn++ / 6) % 2 === 1 ? ['169.254.169.254'] : HERE,
      )
      await stand.addEndpoint(at('rebinds.example.net', '/ok/rebinds'))
      const { done } = stand.publisher.publish('rebind', { count: 600, perSecond: 60 })
      await done
      await stand.drained()
      const codes = await codesOf(stand, 'http://rebinds%')
      assert.ok((codes['blocked_destination'] ?? 0) > 0, JSON.stringify(codes))
      assert.deepEqual(Object.keys(codes).sort(), ['blocked_destination', 'delivered'])
      assert.doesNotMatch(stand.node.log(), /wrongPeer|send\.unexpected/)
      return `${JSON.stringify(codes)}: the forbidden address was never dialled`
    },
  },
  missing('F64', 'egress proxy gone', 'there is no setting for a proxy yet'),
  missing(
    'F65',
    'source ports run out',
    'would take the ports of everything else on this machine; send-failures maps EADDRNOTAVAIL to local_failure',
  ),
]
