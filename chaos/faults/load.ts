// §6, all at once and by the thousand: trouble stays where it is.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { readPssBytes } from '../../bench/proc.ts'
import { newApplication } from '../bulk-endpoints.ts'
import { type Fault, sleep, timed, until } from '../fault.ts'
import { freePort } from '../ports.ts'
import { rawReceiver } from '../raw-receiver.ts'
import { startRecorder } from '../recorder.ts'
import { newStand, type Stand } from '../stand.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const forEver = (ms: number, what: string | Buffer, head: string) => (socket: Socket) => {
  socket.write(head)
  const timer = setInterval(() => socket.write(what), ms)
  socket.once('close', () => clearInterval(timer))
}
/** One of each kind of §6 that holds a place, a socket or memory. */
const HOSTILE = [
  () => {},
  forEver(300, 'x', OK),
  forEver(300, 'x', `${OK}content-length: 100000\r\n\r\n`),
  forEver(50, 'HTTP/1.1 103 Early Hints\r\n\r\n', ''),
  forEver(1, Buffer.alloc(65_536, 65), `${OK}\r\n`),
  (socket: Socket) => socket.resetAndDestroy(),
  (socket: Socket) => socket.end('<html>\r\n\r\n'),
  (socket: Socket) => socket.end(`${OK}content-length: 100\r\n\r\nabc`),
  (socket: Socket) => socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'),
  (socket: Socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'),
]

/** The median of three windows: other work on this machine is not the fault. */
export async function healthyP99({ recorder, publisherOf }: Stand, app: string, name: string) {
  const publisher = publisherOf(app)
  const windows: number[] = []
  let seen = 0
  for (let window = 0; window < 3; window++) {
    const of = `${name}${window}`
    const { accepted } = await publisher.publish(of, { count: 600, perSecond: 200 }).done
    seen += accepted.size
    const allCame = async () => {
      const found = await recorder.took(`${of}-`)
      return found.length >= accepted.size && found
    }
    const took = await until(`all of ${of} have come`, allCame, { within: 40_000, every: 200 })
    windows.push(took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)]!)
  }
  assert.equal(seen, 1_800)
  return windows.toSorted((a, b) => a - b)[1]!
}

export function assertNeighbours(alone: number, among: number) {
  const allowed = Math.max(2 * alone, alone + 20)
  assert.ok(among <= allowed, `p99 of healthy endpoints ${alone} ms alone, ${among} ms among them`)
  return `healthy p99 ${alone} ms alone, ${among} ms among them`
}

/** The most memory that `work` took. */
async function peakOf({ node }: Stand, work: () => Promise<unknown>) {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, readPssBytes(node.now().pid))
  }, 250)
  await work().finally(() => clearInterval(timer))
  return peak
}

export const loadFaults: Fault[] = [
  {
    id: 'F50',
    name: 'all bad receivers at once, as a tenth of the endpoints under load',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { recorder, publisherOf, node } = stand
      const good = await newApplication(stand, [recorder.url('/ok/healthy')])
      const hostile = await Promise.all(HOSTILE.map((answer) => rawReceiver(run, answer)))
      const well = (length: number) =>
        Array.from({ length }, (_, i) => recorder.url(`/ok/mixed/${i}`))
      const calmApp = await newApplication(stand, well(100))
      const mixed = await newApplication(stand, [...hostile.map(({ url }) => url), ...well(90)])
      const measure = async (name: string, app: string) => {
        let p99 = 0
        const peak = await peakOf(stand, async () => {
          const load = publisherOf(app).publish(`load-${name}`, { count: 1_000, perSecond: 4 })
          await sleep(3_000)
          p99 = await healthyP99(stand, good.app, name)
          load.stop()
          await load.done
        })
        return { p99, peak }
      }
      const { p99: alone, peak: calm } = await measure('alone', calmApp.app)
      const { p99: among, peak: busy } = await measure('among', mixed.app)
      await until(
        'the slots are free',
        async () => (await node.figure('bellwire_in_flight')) < 20,
        {
          within: 10_000,
        },
      )
      assert.ok(busy <= 1.5 * calm, `memory went from ${calm} to ${busy}`)
      return `${assertNeighbours(alone, among)}, memory × ${(busy / calm).toFixed(2)}`
    },
  },
  {
    id: 'F51',
    name: '10,000 dead endpoints, one healthy',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { recorder, publisherOf, node } = stand
      const good = await newApplication(stand, [recorder.url('/ok/healthy')])
      const alone = await healthyP99(stand, good.app, 'alone')
      const closed = await freePort()
      // Not the one that measures: it must not be busy with them.
      const others = await startRecorder(recorder.secret)
      run.after(() => others.end())
      const dead = Array.from({ length: 10_000 }, (_, i) => {
        const host = `127.1.${(i >> 8) + 1}.${i & 255}`
        if (i % 3 === 0) return `http://${host}:${closed}/`
        return `http://${host}:${others.port}/${i % 3 === 1 ? 'hang' : 'fail'}`
      })
      const { app } = await newApplication(stand, dead)
      const { accepted } = await publisherOf(app).publish('dead', { count: 1 }).done
      assert.equal(accepted.size, 1)
      const among = await healthyP99(stand, good.app, 'among')
      const claims = await node.figure('bellwire_batch_size_count{statement="claim"}')
      return `${assertNeighbours(alone, among)}, ${claims} claims that found something`
    },
  },
  {
    id: 'F52',
    name: 'one tenant floods: 200,000 messages to a hanging endpoint',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { recorder, node, sql } = stand
      const good = await newApplication(stand, [recorder.url('/ok/healthy')])
      const alone = await healthyP99(stand, good.app, 'alone')
      const flood = await newApplication(stand, [recorder.url('/hang')])
      const batch = Array.from({ length: 1_000 }, () => ({ eventType: 'a.b', payload: {} }))
      let sent = 0
      while (sent < 200_000) {
        const path = `/app/${flood.app}/msg/batch`
        const answers = await Promise.all(
          Array.from({ length: 4 }, () => node.call('POST', path, { messages: batch })),
        )
        for (const { body } of answers)
          sent += body['results'].filter(({ status }: { status: number }) => status === 202).length
      }
      const among = await healthyP99(stand, good.app, 'among')
      const shown = await until('/metrics shows it', async () => {
        const free = await node.figure('bellwire_queue_free')
        return free > 40_000 && free
      })
      const id = flood.endpoints[0]
      const endsMs = await timed(async () => {
        await node.call('DELETE', `/app/${flood.app}/endpoint/${id}`)
        await stand.drained(30_000)
      })
      const [{ ended }] = (await sql(
        "select count(*)::int as ended from finished_delivery where reason = 'endpoint_deleted'",
      )) as [{ ended: number }]
      assert.ok(ended > sent - 2_000, `${ended} ended as endpoint_deleted`)
      return `${assertNeighbours(alone, among)}, ${Math.round(shown)} shown waiting, ended ${endsMs} ms after its endpoint`
    },
  },
  {
    id: 'F53',
    name: 'everyone returns at once after a minute, with 100,000 waiting',
    async run(run) {
      const stand = await newStand(run, {
        paths: [],
        env: { BELLWIRE_RETRY_SCHEDULE: Array.from({ length: 30 }, () => 3).join() },
      })
      const { recorder, publisherOf } = stand
      const urls = Array.from({ length: 10 }, (_, i) => recorder.url(`/slow/${i}`))
      const { app } = await newApplication(stand, urls)
      await recorder.set('down')
      const downAt = performance.now()
      const { accepted } = await publisherOf(app).publish('old', { count: 10_000 }).done
      await sleep(Math.max(0, 60_000 - (performance.now() - downAt)))
      await recorder.set('up')
      await sleep(500)
      const fresh = await publisherOf(app).publish('new', { count: 20, perSecond: 20 }).done
      await stand.drained(100_000)
      const { mostOpen } = await recorder.figures()
      assert.ok(mostOpen <= 100 * urls.length, `${mostOpen} at once at ${urls.length} endpoints`)
      const records = await recorder.records()
      const wanted = (accepted.size + fresh.accepted.size) * urls.length
      const pairs = new Set(records.map(({ path, eventId }) => `${path} ${eventId}`))
      assert.equal(pairs.size, wanted, 'every one has come')
      const late = records.filter(({ eventId }) => eventId.startsWith('new-'))
      const slowest = Math.max(...late.map(({ tookMs }) => tookMs))
      assert.ok(slowest < 30_000, `a new message came after ${slowest} ms`)
      return `${wanted} delivered, at most ${mostOpen} at once, new messages within ${slowest} ms`
    },
  },
  {
    id: 'F54',
    name: 'huge fan-out: one message, 10,000 endpoints',
    async run(run) {
      const stand = await newStand(run, { paths: [] })
      const { recorder, publisherOf } = stand
      // As many deliveries, but a hundred at a time.
      const few = Array.from({ length: 100 }, (_, i) => recorder.url(`/ok/few/${i}`))
      const warm = await newApplication(stand, few)
      const calm = await peakOf(stand, () =>
        publisherOf(warm.app)
          .publish('warm', { count: 100, size: 10_000 })
          .done.then(() => stand.drained()),
      )
      const urls = Array.from({ length: 10_000 }, (_, i) => recorder.url(`/ok/fan/${i}`))
      const { app } = await newApplication(stand, urls)
      let tookMs = 0
      const busy = await peakOf(stand, async () => {
        tookMs = await timed(async () => {
          const { accepted } = await publisherOf(app).publish('fan', { count: 1, size: 10_000 })
            .done
          assert.equal(accepted.size, 1)
          await stand.drained(60_000)
        })
      })
      const came = (await recorder.records()).filter(({ path }) => path.startsWith('/ok/fan/'))
      assert.equal(came.length, 10_000)
      assert.equal(new Set(came.map(({ path }) => path)).size, 10_000, 'each endpoint once')
      assert.ok(busy <= 1.5 * calm, `memory went from ${calm} to ${busy}`)
      return `10,000 deliveries in ${tookMs} ms, memory × ${(busy / calm).toFixed(2)}`
    },
  },
]
