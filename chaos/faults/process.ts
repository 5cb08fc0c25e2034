// §3: the server process.
import assert from 'node:assert/strict'
import { newNode, statusOf } from '../bellwire.ts'
import { type Fault, sleep, timed, until } from '../fault.ts'
import { newDataDir, newStand } from '../stand.ts'

/** What was in hand at the fault, and one batch whose record may have been lost with it. */
const RECORD_BATCH = 500

export const processFaults: Fault[] = [
  {
    id: 'F01',
    name: 'killed under load',
    quick: true,
    async run(run) {
      const stand = await newStand(run)
      const { node, publisher } = stand
      const count = run.quick ? 600 : 5_000
      const ledgers = []
      let allowed = 0
      const starts = []
      for (let round = 1; round <= (run.quick ? 1 : 3); round++) {
        const { ledger, done } = publisher.publish(`kill-${round}`, { count })
        ledgers.push(ledger)
        const moment = count * (0.2 + Math.random() * 0.6)
        await until('the moment', () => ledger.accepted.size >= moment, { within: 60_000 })
        allowed += (await node.figure('bellwire_held')) + RECORD_BATCH
        await node.end()
        starts.push(await node.start())
        await done
      }
      await stand.drained()
      return `${await stand.audit(ledgers, allowed)}, ready after ${starts.join(', ')} ms`
    },
  },
  {
    id: 'F02',
    name: 'killed after commit, before the 202',
    quick: true,
    async run(run) {
      // What is too slow to answer on a busy machine would be sent twice.
      const stand = await newStand(run, { env: { BELLWIRE_REQUEST_TIMEOUT: '20' } })
      const { node, gate, sql, recorder } = stand
      // Whatever is looked up before a message is stored is known for a second then: nothing but the
      // commit is held. What it knew before has to be forgotten first, or it may be so in between.
      await sleep(1_100)
      let n = 0
      const warm = () => timed(() => stand.send({ eventId: 'warm' }, { eventId: `warm-${n++}` }))
      await until('it is quick to be known', async () => (await warm()) < 500, { every: 1_100 })
      gate.set('hold')
      const lost = stand.send({ eventId: 'once' }, { eventId: 'once' }).catch(() => 'no answer')
      await until(
        'it is committed',
        async () => (await sql("select from message where event_id = 'once'")).length === 1,
      )
      await node.end()
      assert.equal(await lost, 'no answer')
      gate.cut()
      gate.set('pass')
      await node.start()
      const again = await stand.send({ eventId: 'once' }, { eventId: 'once' })
      assert.ok([202, 409].includes(again.status), `${again.status}`)
      await stand.drained()
      const seen = (await recorder.records()).filter(({ eventId }) => eventId === 'once')
      assert.equal(new Set(seen.map(({ id }) => id)).size, 1)
      assert.equal(seen.length, 2, 'once at each endpoint')
      return `repeated: ${again.status}; 1 message, ${seen.length} requests at 2 endpoints`
    },
  },
  {
    id: 'F03',
    name: 'killed after the receiver answered, before the record',
    async run(run) {
      const stand = await newStand(run, { paths: ['/ok?ms=600'] })
      const { node, gate, recorder, publisher } = stand
      const recorded = await publisher.publish('recorded', { count: 20 }).done
      await stand.drained()
      const { ledger, done } = publisher.publish('cut', { count: 20 })
      await done
      await until('all have arrived', async () => (await recorder.figures()).count >= 40)
      gate.set('pause')
      await until('all are answered', async () => (await recorder.figures()).open === 0)
      await sleep(200)
      await node.end()
      gate.cut()
      gate.set('pass')
      await node.start()
      await stand.drained()
      const counts = Map.groupBy(await recorder.records(), ({ eventId }) => eventId.split('-')[0]!)
      assert.equal(counts.get('recorded')?.length, 20)
      assert.equal(counts.get('cut')?.length, 40)
      return stand.audit([recorded, ledger], 20)
    },
  },
  {
    id: 'F04',
    name: 'killed in a crash loop',
    async run(run) {
      const stand = await newStand(run)
      const { node, publisher } = stand
      const { ledger, done } = publisher.publish('loop', {
        count: 9_000,
        perSecond: 120,
        concurrency: 24,
      })
      let allowed = 0
      const starts: number[] = []
      const ends = performance.now() + 60_000
      while (performance.now() < ends) {
        const before = ledger.accepted.size
        await sleep(2_000)
        assert.ok(ledger.accepted.size > before, `progress in life ${starts.length + 1}`)
        allowed += (await node.figure('bellwire_held')) + RECORD_BATCH
        await node.end()
        starts.push(await node.start())
      }
      await done
      await stand.drained()
      const slowest = Math.max(...starts)
      assert.ok(slowest < 5_000, `a start took ${slowest} ms`)
      return `${await stand.audit([ledger], allowed)}, ${starts.length} lives, slowest start ${slowest} ms`
    },
  },
  {
    id: 'F05',
    name: 'SIGTERM under load',
    quick: true,
    async run(run) {
      const stand = await newStand(run)
      const { node, publisher } = stand
      const { ledger, done } = publisher.publish('term', { count: 2_000 })
      await until('the moment', () => ledger.accepted.size >= 800, { within: 60_000 })
      const signalledAt = performance.now()
      node.now().kill('SIGTERM')
      await until('it says so', async () => (await statusOf(`${node.url}/readyz`)) !== 200, {
        within: 2_000,
      })
      const { code, at } = await node.now().exited
      assert.equal(code, 0)
      await node.start()
      await done
      await stand.drained()
      return `${await stand.audit([ledger], 0)}, stopped after ${Math.round(at - signalledAt)} ms`
    },
  },
  {
    id: 'F06',
    name: 'impatient operator',
    quick: true,
    async run(run) {
      const stand = await newStand(run, {
        paths: ['/hang'],
        env: { BELLWIRE_REQUEST_TIMEOUT: '20' },
      })
      const { node, recorder } = stand
      await stand.send()
      await until('a request is in flight', async () => (await recorder.figures()).open === 1)
      node.now().kill('SIGINT')
      const isStopping = async () => (await statusOf(`${node.url}/readyz`)) !== 200
      await until('it says that it stops', isStopping)
      await sleep(600)
      assert.ok(node.now().isRunning(), 'it waits for what is in flight')
      const tookMs = await timed(() => {
        node.now().kill('SIGINT')
        return node.now().exited
      })
      // What is in flight would take 20 s.
      assert.ok(tookMs < 5_000, `${tookMs} ms`)
      return `gone ${tookMs} ms after the second signal`
    },
  },
  {
    id: 'F07',
    name: 'frozen for 3 s, below the lease',
    async run(run) {
      const stand = await newStand(run)
      const { node, publisher, sql } = stand
      const { ledger, done } = publisher.publish('frozen', { count: 1_500, perSecond: 300 })
      await sleep(1_500)
      node.now().kill('SIGSTOP')
      await sleep(3_000)
      node.now().kill('SIGCONT')
      await done
      await stand.drained()
      const [{ failed }] = (await sql(
        'select count(*)::int as failed from attempt where not succeeded',
      )) as [{ failed: number }]
      const figures = await stand.audit([ledger], failed)
      assert.equal(failed, 0, `${failed} attempts failed whose receiver had answered`)
      return figures
    },
  },
  {
    id: 'F08',
    name: 'event loop blocked: code that loops, uniqueItems and a pattern over 1 MB',
    async run(run) {
      const stand = await newStand(run, { paths: ['/ok'] })
      const { node, publisher, app } = stand
      const schema = {
        type: 'object',
        properties: {
          list: { type: 'array', uniqueItems: true },
          text: { type: 'string', pattern: '^(a+)+$' },
        },
      }
      await node.call('PUT', '/event-type/heavy', {
        description: 'takes long to check',
        schemas: { 1: schema },
      })
      const policy = await node.call('PATCH', '/event-type/heavy', { schemaPolicy: 'reject' })
      assert.equal(policy.status, 200, JSON.stringify(policy.body))
      const looping = await stand.addEndpoint(stand.recorder.url('/ok/looping'), {
        eventTypes: ['heavy.code'],
      })
      const code = { code: 'function handler() { for (;;) {} }', enabled: true }
      await node.call('PATCH', `/app/${app}/endpoint/${looping}/transformation`, code)
      const { done } = publisher.publish('beside', { count: 800, perSecond: 100 })
      // A scrape begins a new window.
      const lagMs = async () =>
        Math.round((await node.figure('nodejs_eventloop_lag_p99_seconds')) * 1_000)
      await lagMs()
      await sleep(3_000)
      const calm = await lagMs()
      const list = Array.from({ length: 60_000 }, (_, i) => ({ n: i }))
      const heavy = [{ list }, { text: `${'a'.repeat(1_000_000)}b` }]
      const answering = (async () => {
        const answers = []
        for (let i = 0; i < 6; i++) {
          const payload = heavy[i % 2]!
          await stand.send({}, { eventType: 'heavy.code' })
          answers.push(await node.call('POST', `/app/${app}/msg`, { eventType: 'heavy', payload }))
        }
        return answers
      })()
      let slowest = 0
      for (let i = 0; i < 20; i++) {
        slowest = Math.max(
          slowest,
          await timed(async () => assert.equal(await statusOf(`${node.url}/healthz`), 200)),
        )
        await sleep(100)
      }
      const statuses = (await answering).map(({ status }) => status)
      for (const status of statuses) assert.ok([202, 422, 503].includes(status), `${status}`)
      const p99 = await lagMs()
      // What this machine is busy with besides delays us too.
      assert.ok(p99 < Math.max(100, 2 * calm), `loop delay p99 ${calm} → ${p99} ms`)
      const ledger = await done
      await stand.drained()
      assert.ok(node.now().isRunning())
      assert.equal(ledger.accepted.size, 800)
      return `answers ${[...new Set(statuses)].join(', ')}, loop delay p99 ${p99} ms (${calm} ms without), /healthz within ${slowest} ms`
    },
  },
  {
    id: 'F09',
    name: 'no descriptors: 256, and 1,000 endpoints that hang',
    async run(run) {
      const stand = await newStand(run, { paths: ['/ok/healthy'] })
      const { node, recorder, sql } = stand
      await manyEndpoints(1_000, (i) =>
        stand.addEndpoint(`http://127.1.${i >> 8}.${i & 255}:${recorder.port}/hang`),
      )
      node.now().kill('SIGTERM')
      await node.now().exited
      await node.start({ descriptors: 256 })
      const { ledger, done } = stand.publisher.publish('nofile', { count: 2, concurrency: 1 })
      await done
      await sleep(4_000)
      assert.equal(await statusOf(`${node.url}/healthz`), 200)
      const kinds = await sql<{ code: string; n: number }>(
        "select coalesce(failure_code, 'delivered') as code, count(*)::int as n from attempt group by 1",
      )
      const codes = Object.fromEntries(kinds.map(({ code, n }) => [code, n]))
      assert.equal(
        codes['connect_failed'],
        undefined,
        `blamed on endpoints: ${JSON.stringify(codes)}`,
      )
      await until('ready again', async () => (await statusOf(`${node.url}/readyz`)) === 200, {
        within: 20_000,
      })
      await until(
        'the healthy one has all',
        async () =>
          (await recorder.records()).filter(({ path }) => path === '/ok/healthy').length >=
          ledger.accepted.size,
        { within: 30_000 },
      )
      assert.ok(node.now().isRunning())
      const local = await node.figure('bellwire_attempts_total{outcome="local_failure"}')
      return `${ledger.accepted.size} messages to 1,001 endpoints, ${local} local failures, attempts ${JSON.stringify(codes)}`
    },
  },
  {
    id: 'F10',
    name: 'heap of 160 MB, 1 MiB payloads to endpoints that hang',
    async run(run) {
      const stand = await newStand(run, {
        paths: ['/hang'],
        env: { NODE_OPTIONS: '--max-old-space-size=160' },
      })
      const { node, publisher, sql } = stand
      const { ledger, done, stop } = publisher.publish('heap', {
        count: 300,
        concurrency: 16,
        size: 1_000_000,
      })
      await Promise.race([done, sleep(30_000), node.now().exited])
      stop()
      const died = !node.now().isRunning()
      if (died) await node.start()
      await done
      const [{ stored }] = (await sql('select count(*)::int as stored from message')) as [
        { stored: number },
      ]
      assert.ok(stored >= ledger.accepted.size, `${stored} stored of ${ledger.accepted.size}`)
      return `${died ? 'died and came back' : 'survived'}, ${ledger.accepted.size} acknowledged, ${stored} stored, ${ledger.refused} refused`
    },
  },
  {
    id: 'F11',
    name: 'second server, same data directory',
    async run(run) {
      const dir = await newDataDir(run)
      const node = await newNode({ BELLWIRE_DATA_DIR: dir })
      run.after(() => stopEmbedded(node))
      await node.start()
      const second = await newNode({ BELLWIRE_DATA_DIR: dir })
      run.after(() => second.end())
      const tookMs = await timed(async () => assert.equal((await second.launch().exited).code, 1))
      assert.match(second.log(), new RegExp(`process ${node.now().pid} `))
      assert.equal(await statusOf(`${node.url}/readyz`), 200)
      assert.ok(tookMs < 2_000, `${tookMs} ms`)
      return `refused after ${tookMs} ms with the pid`
    },
  },
  {
    id: 'F12',
    name: 'killed during first start',
    async run(run) {
      const moments = 20
      const dir = await newDataDir(run)
      for (let i = 0; i < moments; i++) {
        const node = await newNode({ BELLWIRE_DATA_DIR: dir })
        node.launch()
        await sleep(100 + i * 110)
        await node.end()
      }
      const node = await newNode({ BELLWIRE_DATA_DIR: dir })
      run.after(() => stopEmbedded(node))
      const readyMs = await node.start()
      assert.equal((await node.call('GET', '/app')).status, 200, 'the bootstrap key works')
      return `killed at ${moments} moments, then ready after ${readyMs} ms`
    },
  },
  {
    id: 'F13',
    name: 'Ctrl-C in a terminal: SIGINT to the process group',
    quick: true,
    async run(run) {
      const dir = await newDataDir(run)
      const node = await newNode({ BELLWIRE_DATA_DIR: dir })
      run.after(() => stopEmbedded(node))
      await node.start({ group: true })
      process.kill(-node.now().pid, 'SIGINT')
      const { code } = await node.now().exited
      assert.match(node.log(), /server\.stopped/)
      assert.doesNotMatch(node.log(), /"level":50/)
      const readyMs = await node.start()
      return `exit ${code}, no error on the way, ready again after ${readyMs} ms`
    },
  },
]

async function stopEmbedded(node: Awaited<ReturnType<typeof newNode>>) {
  if (!node.now().isRunning()) await node.start() // what a kill left running has to be adopted to be stopped
  node.now().kill('SIGTERM')
  await node.now().exited
}

export async function manyEndpoints(count: number, add: (index: number) => Promise<unknown>) {
  let next = 0
  const worker = async () => {
    while (next < count) await add(next++)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
