// §9: several nodes on one database.
import assert from 'node:assert/strict'
import { toId } from '../../server/src/domain/ids.ts'
import { type Fault, type Run, sleep, timed, until } from '../fault.ts'
import { newStand, type Stand } from '../stand.ts'

/** LEASE_TIMES of delivery/node-lease.ts: silent for so long, and a beat to notice it. */
const LEASE_MS = 12_000
const BEAT_MS = 2_000

export const nodeFaults: Fault[] = [
  {
    id: 'F80',
    name: 'four nodes, 20,000 deliveries',
    async run(run) {
      const stand = await newStand(run)
      const others = [await stand.another(), await stand.another(), await stand.another()]
      const urls = [stand.node.url, ...others.map(({ node }) => node.url)]
      const publisher = stand.publisherTo(urls)
      const ledger = await publisher.publish('many', { count: 10_000, concurrency: 64 }).done
      await stand.drained()
      const { overlapping } = await stand.recorder.figures()
      assert.equal(overlapping, 0, 'the same delivery is never open twice')
      return stand.audit([ledger], 0)
    },
  },
  {
    id: 'F81',
    name: 'frozen past its lease, then back',
    async run(run) {
      const { stand, other, ledger, held } = await heldByFirst(run, 400)
      const { node, recorder, sql } = stand
      node.now().kill('SIGSTOP')
      await sleep(LEASE_MS + 5_000)
      await stand.drained()
      const states = () => sql('select * from finished_delivery order by message_id, endpoint_id')
      const before = { states: await states(), requests: (await recorder.figures()).count }
      node.now().kill('SIGCONT')
      await until('it finds itself declared dead', () => node.log().includes('"node.lost"'))
      await sleep(3_000)
      assert.deepEqual(await states(), before.states, 'its late results change no state')
      const sent = (await recorder.figures()).count - before.requests
      assert.equal(sent, 0, 'it sends nothing that it no longer holds')
      const figures = await stand.audit([ledger], held)
      assert.ok((await freedBy(other)) > 0, 'what was taken over is counted')
      // It is a node like any other again.
      const after = await stand.publisher.publish('after', { count: 20 }).done
      await stand.drained()
      assert.equal(after.accepted.size, 20)
      return figures
    },
  },
  {
    id: 'F82',
    name: 'gone without a word',
    async run(run) {
      const { stand, other, ledger, held } = await heldByFirst(run, 200)
      await stand.node.end()
      const tookMs = await timed(() =>
        until('the other takes over', async () => (await freedBy(other)) > 0, { within: 30_000 }),
      )
      assert.ok(tookMs < LEASE_MS + BEAT_MS + 1_000, `taken over after ${tookMs} ms`)
      await stand.drained()
      return `${await stand.audit([ledger], held)}, taken over after ${tookMs} ms`
    },
  },
  {
    id: 'F83',
    name: 'cut off from the database, not from receivers',
    async run(run) {
      const { stand, ledger, held } = await heldByFirst(run, 600)
      const { gate, recorder, node } = stand
      gate.set('pause')
      await sleep(LEASE_MS + 3_000)
      const { overlapping } = await recorder.figures()
      assert.equal(overlapping, 0, 'it stopped before the other took over')
      await stand.drained()
      gate.cut()
      gate.set('pass')
      await until('it finds itself declared dead', () => node.log().includes('"node.lost"'))
      await until('ready again', async () => (await fetch(`${node.url}/readyz`)).status === 200)
      const requests = (await recorder.figures()).count
      await sleep(3_000)
      assert.equal((await recorder.figures()).count, requests, 'nothing more is sent')
      return stand.audit([ledger], held)
    },
  },
  {
    id: 'F84',
    name: 'notifications lost',
    async run(run) {
      const stand = await newStand(run, { paths: ['/ok'] })
      const { node } = await stand.another({ BELLWIRE_ROLE: 'api' })
      const publisher = stand.publisherTo([node.url])
      const deaf = setInterval(() => {
        stand
          .sql(
            `select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and application_name = 'bellwire listens'`,
          )
          .catch(() => {}) // the next one will
      }, 200)
      run.after(() => clearInterval(deaf))
      await sleep(1_000)
      const ledger = await publisher.publish('deaf', { count: 40, perSecond: 8 }).done
      await stand.drained()
      clearInterval(deaf)
      const slowest = Math.max(...(await stand.recorder.records()).map(({ tookMs }) => tookMs))
      assert.ok(slowest < 1_500, `found by polling after ${slowest} ms`)
      return `${await stand.audit([ledger], 0)}, delivered within ${slowest} ms`
    },
  },
  {
    id: 'F85',
    name: 'rolling restart, ten times',
    async run(run) {
      const stand = await newStand(run)
      const { node } = await stand.another()
      const publisher = stand.publisherTo([stand.node.url, node.url], { balanced: true })
      const { ledger, done, stop } = publisher.publish('rolling', { count: 20_000, perSecond: 150 })
      for (let turn = 0; turn < 10; turn++) {
        const restarted = turn % 2 === 0 ? stand.node : node
        await sleep(500)
        restarted.now().kill('SIGTERM')
        assert.equal((await restarted.now().exited).code, 0)
        await restarted.start()
      }
      stop()
      await done
      await stand.drained()
      assert.equal(ledger.refused, 0, 'a balancer that follows /readyz is never refused')
      return stand.audit([ledger], 0)
    },
  },
  {
    id: 'F86',
    name: 'configuration raced',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { node: other } = await stand.another()
      const { node, app, recorder } = stand
      for (let i = 0; i < 20; i++) {
        await stand.addEndpoint(recorder.url(`/ok/${i}`))
        const sent = await other.call('POST', `/app/${app}/msg`, {
          eventType: 'a.b',
          payload: { eventId: `raced-${i}` },
        })
        assert.equal(sent.status, 202)
      }
      await stand.drained()
      const records = await recorder.records()
      for (let i = 0; i < 20; i++)
        assert.ok(
          records.some(({ path, eventId }) => path === `/ok/${i}` && eventId === `raced-${i}`),
          `the endpoint made right before message ${i} got it`,
        )
      const [environment] = await stand.sql<{ id: string }>('select id from environment')
      const keys = `/management/authentication/${toId('environment', environment!.id)}/api-token`
      const { body: key } = await node.call('POST', keys, { name: 'raced' })
      const withKey = async () =>
        (
          await fetch(`${other.url}/api/v1/app`, {
            headers: { authorization: `Bearer ${key['token']}` },
          })
        ).status
      assert.equal(await withKey(), 200, JSON.stringify(key))
      const revoked = await node.call('POST', `${keys}/${key['id']}/expire`, {})
      assert.equal(revoked.status, 204, JSON.stringify(revoked.body))
      const tookMs = await timed(() =>
        until('it is refused', async () => (await withKey()) === 401, { within: 3_000 }),
      )
      assert.ok(tookMs <= 1_000, `refused after ${tookMs} ms`)
      return `20 endpoints got the very next message, a revoked key was refused after ${tookMs} ms`
    },
  },
  {
    id: 'I10',
    name: 'strict order over kill -9, lost sessions and SIGTERM, on two nodes',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { node, recorder, sql } = stand
      await stand.addEndpoint(recorder.url('/ok/fifo'), { fifo: true })
      stand.paths.push('/ok/fifo')
      const { node: other } = await stand.another()
      const publisher = stand.publisherTo([node.url, other.url])
      // Each after the answer to the one before: that is the order which is promised.
      const { ledger, done } = publisher.publish('order', { count: 300, concurrency: 1 })
      const reached = (count: number) =>
        until(`${count} have come`, async () => (await recorder.figures()).count >= count, {
          within: 60_000,
        })
      await reached(40)
      await node.end()
      await node.start()
      await reached(100)
      await sql(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      await reached(160)
      other.now().kill('SIGTERM')
      await other.now().exited
      await other.start()
      await done
      await stand.drained(90_000)
      let head = -1
      for (const { sequence } of await recorder.records()) {
        const isInOrder = sequence === head || sequence === head + 1
        assert.ok(isInOrder, `${sequence} after ${head}`)
        head = sequence
      }
      assert.equal(head, 299)
      return stand.audit([ledger], 3)
    },
  },
]

/** Two nodes; the first holds `count` deliveries to a slow receiver, the second has nothing to do. */
async function heldByFirst(run: Run, count: number) {
  const stand = await newStand(run, { paths: ['/ok?ms=1500'] })
  const { node: other } = await stand.another()
  await sleep(LEASE_MS) // only who has been heard for a whole lease may call others silent
  const { ledger, done } = stand.publisher.publish('held', { count, concurrency: 64 })
  await done
  await until('requests are in flight', async () => (await stand.recorder.figures()).open > 20)
  return { stand, other, ledger, held: await stand.node.figure('bellwire_held') }
}

const freedBy = (node: Stand['node']) => node.figure('bellwire_leases_freed_total')
