// §7: names, routes and our own way out.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { newApplication } from '../bulk-endpoints.ts'
import { type DnsAnswer, startDns } from '../dns.ts'
import { type Fault, isRoot, missing, type Run, Skip, sleep, until } from '../fault.ts'
import { run as execute, start } from '../processes.ts'
import { newStand, type Stand } from '../stand.ts'
import { assertNeighbours, healthyP99 } from './load.ts'

const HERE = ['127.0.0.1']
const PORTS_RUN_OUT = fileURLToPath(new URL('../ports-run-out.ts', import.meta.url))

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

export const nameFaults: Fault[] = [
  {
    id: 'F60',
    name: 'DNS flaps: address, SERVFAIL, silence',
    async run(run) {
      const turns: DnsAnswer[] = [HERE, 'silence', HERE, 'servfail']
      let askedAt = 0
      let turn = -1
      // Another answer for each look-up: its questions come together, and what met with silence is
      // asked again within 1.4 s.
      const flapping = () => {
        const pauseMs = performance.now() - askedAt
        askedAt = performance.now()
        if (turn === -1 || pauseMs > (turns[turn % 4] === 'silence' ? 2_200 : 500)) turn++
        return turns[turn % 4]!
      }
      const { stand, at } = await newNames(run, (name) =>
        name.startsWith('flaps') ? flapping() : HERE,
      )
      const good = await newApplication(stand, [at('steady.example.net', '/ok/steady')])
      const alone = await healthyP99(stand, good.app, 'alone')
      await stand.addEndpoint(at('flaps.example.net', '/ok/flaps'))
      const { done, stop } = stand.publisher.publish('flap', { count: 3_000, perSecond: 30 })
      await sleep(1_000)
      const among = await healthyP99(stand, good.app, 'among')
      stop()
      const { accepted } = await done
      await stand.drained()
      const codes = await codesOf(stand, 'http://flaps%')
      assert.ok((codes['dns_failure'] ?? 0) > 0, JSON.stringify(codes))
      assert.deepEqual(Object.keys(codes).sort(), ['delivered', 'dns_failure'])
      // An attempt is over when its name is not found in time: its slot is free for another.
      const [{ slowest, silent }] = (await stand.sql(
        `select max(duration_ms) as slowest, count(*) filter (where duration_ms > 1500)::int as silent
           from attempt where failure_code = 'dns_failure'`,
      )) as [{ slowest: number; silent: number }]
      assert.ok(silent > 0, `some met with silence: ${slowest} ms, ${JSON.stringify(codes)}`)
      assert.ok(slowest <= 3_300, `a slot was held for ${slowest} ms`)
      const runs = await stand.sql<{ delivered: boolean; tries: number }>(
        `select bool_or(succeeded) as delivered, count(*)::int as tries from attempt
          where url like 'http://flaps%' group by message_id`,
      )
      assert.equal(runs.length, accepted.size, 'each was tried')
      for (const { delivered, tries } of runs)
        assert.ok(delivered ? tries <= 4 : tries === 4, `given up after ${tries} attempts`)
      const retried = runs.filter(({ delivered, tries }) => delivered && tries > 1).length
      assert.ok(retried > 0, 'what was not found is tried again, and delivered')
      return `${JSON.stringify(codes)}, ${retried} of ${runs.length} delivered by a retry, slots free after ${slowest} ms; ${assertNeighbours(alone, among)}`
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
  {
    id: 'F65',
    name: 'source ports run out',
    async run(run) {
      // Those of everything else on this machine stay what they are.
      if (!isRoot()) throw new Skip('a network namespace of its own needs root')
      const up = 'ip link set lo up'
      await execute('unshare', ['-n', 'sh', '-c', up]).catch(({ message }) => {
        throw new Skip(`no network namespace can be made here: ${message}`)
      })
      const inside = [process.execPath, '-C', 'bellwire-source', PORTS_RUN_OUT]
      const started = start('unshare', ['-n', 'sh', '-c', `${up} && exec "$@"`, 'sh', ...inside])
      run.after(() => started.end())
      const { code } = await started.exited
      assert.equal(code, 0, started.err())
      return started.out().trim()
    },
  },
]
