// §5: clocks.
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../bellwire.ts'
import { type Fault, type Run, sleep, until } from '../fault.ts'
import { firstAttempt, rawReceiver } from '../raw-receiver.ts'
import { newStand, sharedStand } from '../stand.ts'

const HOUR_MS = 3_600_000

/** Settings for a server whose clock is set by `set`, which tells the server by a signal. */
async function newClock(run: Run, offsetMs: number) {
  const file = join(tmpdir(), `bellwire-chaos-clock-${process.pid}-${Math.random()}`)
  await writeFile(file, `${offsetMs}`)
  run.after(() => rm(file))
  const env = {
    NODE_OPTIONS: `--import=${new URL('../clock.ts', import.meta.url)}`,
    CHAOS_CLOCK_FILE: file,
  }
  return { env, set: (ms: number) => writeFile(file, `${ms}`) }
}

export const clockFaults: Fault[] = [
  {
    id: 'F40',
    name: "the node's clock jumps an hour ahead, an hour back, and home",
    async run(run) {
      const clock = await newClock(run, 0)
      const stand = await newStand(run, { env: clock.env })
      const { node, publisher, recorder, sql } = stand
      await stand.addEndpoint(recorder.url('/fail'))
      const { ledger, done } = publisher.publish('jump', { count: 1_200, perSecond: 150 })
      for (const offset of [HOUR_MS, -HOUR_MS, 0]) {
        await sleep(2_000)
        await clock.set(offset)
        node.now().kill('SIGUSR2')
      }
      await done
      await stand.drained()
      const tries = Map.groupBy(
        (await recorder.records()).filter(({ path }) => path === '/fail'),
        ({ eventId }) => eventId,
      )
      assert.equal(tries.size, 1_200)
      for (const [eventId, made] of tries) {
        assert.equal(made.length, 4, `${eventId}: no retry lost, none too many`)
        for (let i = 1; i < 4; i++) {
          const gapMs = made[i]!.at - made[i - 1]!.at
          assert.ok(gapMs > 800 && gapMs < 6_000, `${eventId}: again after ${gapMs} ms`)
        }
      }
      const [{ negative, far }] = (await sql(
        `select count(*) filter (where duration_ms < 0)::int as negative,
                count(*) filter (where duration_ms > 2500)::int as far from attempt`,
      )) as [{ negative: number; far: number }]
      assert.deepEqual([negative, far], [0, 0], 'durations are monotonic')
      assert.doesNotMatch(node.log(), /node\.lost|leases\.freed/, 'no lease is stolen')
      return `${await stand.audit([ledger], 0)}, each of 1,200 failing ones tried 4 times`
    },
  },
  {
    id: 'F41',
    name: "one node's clock is 10 minutes off",
    async run(run) {
      const stand = await newStand(run)
      const clock = await newClock(run, 600_000)
      const { node: off } = await stand.another(clock.env)
      const details = (url: string) =>
        fetch(`${url}/readyz`).then((answer) => answer.json() as Promise<Json>)
      const said = await until('it says so', async () => (await details(off.url))['clock'])
      assert.match(said, /^is (599|600|601) s ahead of the database's$/)
      assert.ok(Math.abs((await off.figure('bellwire_clock_offset_seconds')) - 600) < 1)
      await sleep(5_000)
      const warnings = off.log().split('"clock.offset"').length - 1
      assert.equal(warnings, 1, 'told once, not at every heartbeat')
      assert.equal(
        (await details(stand.node.url))['clock'],
        undefined,
        'the right one says nothing',
      )
      assert.doesNotMatch(stand.node.log(), /clock\.offset/)
      const publisher = stand.publisherTo([stand.node.url, off.url])
      const ledger = await publisher.publish('off', { count: 400 }).done
      await stand.drained()
      return `${await stand.audit([ledger], 0)}, told: ${said}`
    },
  },
  {
    id: 'F42',
    name: 'database time jumps: stored times an hour off',
    async run(run) {
      const stand = await newStand(run, {
        paths: ['/slow/one'],
        env: { BELLWIRE_RETRY_SCHEDULE: '60,60,60' },
      })
      const { recorder, sql, publisher } = stand
      await stand.another()
      const waiting = async () =>
        Number(
          (
            await sql('select count(*)::int as n from pending_delivery where leased_by is null')
          )[0]!['n'],
        )
      await recorder.set('down')
      const { ledger } = publisher.publish('shift', { count: 600 })
      await until('all wait for their next attempt', async () => (await waiting()) === 600, {
        within: 40_000,
      })
      await recorder.set('up')
      const requests = (await recorder.figures()).count
      await sql("update pending_delivery set due_at = due_at + interval '1 hour'")
      await sleep(2_000)
      assert.equal((await recorder.figures()).count, requests, 'nothing is due')
      await sql("update pending_delivery set due_at = due_at - interval '2 hours'")
      await until('they are being sent', async () => (await recorder.figures()).count > requests)
      // The other node sees both as silent for an hour, or they each other.
      await sql("update node set heartbeat_at = heartbeat_at - interval '1 hour'")
      await stand.drained()
      const { mostOpen } = await recorder.figures()
      assert.ok(mostOpen <= 100 * 2, `${mostOpen} at once at one endpoint of two nodes`)
      // Not all were tried while it was down: its circuit opened.
      const [{ failed, most }] = (await sql(
        `select sum(n)::int as failed, max(n)::int as most
           from (select count(*) as n from attempt where not succeeded group by message_id)`,
      )) as [{ failed: number; most: number }]
      assert.equal(most, 1, 'no more than one failed attempt each')
      return `${await stand.audit([ledger], failed + 200)}, at most ${mostOpen} at once`
    },
  },
  {
    id: 'F43',
    name: 'far Retry-After and deliverAt',
    async run(run) {
      const { node, sql } = await sharedStand()
      const waits = []
      for (const value of [
        'Fri, 31 Dec 9999 23:59:59 GMT',
        '99999999999999999999',
        '-5',
        '1e400',
      ]) {
        const { url } = await rawReceiver(run, (socket) =>
          socket.end(`HTTP/1.1 503 X\r\nretry-after: ${value}\r\ncontent-length: 0\r\n\r\n`),
        )
        const { message } = await firstAttempt(url)
        const [row] = await sql<{ wait: number }>(
          `select extract(epoch from due_at - now())::float8 as wait from pending_delivery
            where endpoint_id = (select endpoint_id from attempt where url = $1 limit 1)`,
          [url],
        )
        assert.ok(message.startsWith('msg_'))
        assert.ok(row!.wait > -5 && row!.wait < 67, `Retry-After ${value} waits ${row!.wait} s`)
        waits.push(Math.round(row!.wait))
      }
      const { body: app } = await node.call('POST', '/app', { name: 'far' })
      const years = 10 * 366 * 24 * HOUR_MS
      const refused = [
        new Date(Date.now() + years).toISOString(),
        '9999-12-31T23:59:59Z',
        '+275760-09-13T00:00:00Z',
        '-000001-01-01T00:00:00Z',
        'tomorrow',
      ]
      for (const deliverAt of refused) {
        const { status, body } = await node.call('POST', `/app/${app['id']}/msg`, {
          eventType: 'a.b',
          payload: {},
          deliverAt,
        })
        assert.equal(status, 422, `${deliverAt}: ${JSON.stringify(body)}`)
      }
      return `waits of ${waits.join(', ')} s at most; ${refused.length} dates refused`
    },
  },
]
