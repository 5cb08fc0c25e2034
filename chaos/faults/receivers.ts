// §6: receivers, each on a raw socket, because HTTP servers are too polite. All of them meet the same
// server, whose attempts are compared with what the catalogue says of each row.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { toUuid } from '../../server/src/domain/ids.ts'
import { type Fault, type Run, sleep, until } from '../fault.ts'
import { freePort } from '../ports.ts'
import { start } from '../processes.ts'
import { type Answer, firstAttempt, rawReceiver } from '../raw-receiver.ts'
import { sharedStand } from '../stand.ts'
import { tlsFault } from './tls.ts'

type Expected = { code: string; detail?: RegExp; status?: number; bytes?: number }
type Variant = [what: string, answer: Answer, expected: Expected]

const OK = 'HTTP/1.1 200 OK\r\n'
const write =
  (...parts: (string | Buffer)[]): Answer =>
  (socket) => {
    for (const part of parts) socket.write(part)
    socket.end()
  }
/** Nothing is written any more once the other side has gone. */
const every =
  (ms: number, what: string | Buffer, head = ''): Answer =>
  (socket) => {
    socket.write(head)
    const timer = setInterval(() => socket.write(what), ms)
    socket.once('close', () => clearInterval(timer))
  }

function receiver(id: string, name: string, variants: Variant[]): Fault {
  return {
    id,
    name,
    quick: ['R01', 'R03', 'R05', 'R07', 'R12', 'R17'].includes(id),
    async run(run) {
      const results = await Promise.all(
        variants.map(async ([what, answer, expected]) => {
          const { url, seen } = await rawReceiver(run, answer)
          const got = await firstAttempt(url, { retrySchedule: [] })
          const told = `${what}: ${got.code ?? 'delivered'}${got.detail ? `/${got.detail}` : ''}`
          assert.equal(got.code ?? 'delivered', expected.code, `${told}, expected ${expected.code}`)
          if (expected.detail) assert.match(got.detail ?? '', expected.detail, told)
          if (expected.status) assert.equal(got.status, expected.status, told)
          if (expected.bytes) assert.equal(got.bytes, expected.bytes, told)
          if (expected.code === 'redirect') assert.equal(seen.requests, 1, 'exactly one request')
          assert.ok(
            got.durationMs < 3_500,
            `${told} took ${got.durationMs} ms with a timeout of 2 s`,
          )
          return `${told} ${got.durationMs} ms`
        }),
      )
      await assertFree()
      return results.join(', ')
    },
  }
}

/** The slot is free at the deadline: nothing of this is in flight for longer. */
async function assertFree() {
  const { node } = await sharedStand()
  await until('its slots are free', async () => (await node.figure('bellwire_in_flight')) < 30, {
    within: 5_000,
  })
  assert.ok(node.now().isRunning())
}

const bomb = gzipSync(Buffer.alloc(20_000_000))
const statusLine = (status: string) => write(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`)
const redirect = (status: number, location: string): Variant => [
  `${status}`,
  write(`HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
  { code: 'redirect', status },
]

export const receiverFaults: Fault[] = [
  {
    id: 'R01',
    name: 'refuses',
    quick: true,
    async run() {
      const got = await firstAttempt(`http://127.0.0.1:${await freePort()}/`)
      assert.equal(got.code, 'connect_failed')
      // It was not waited for until the 2 s were over.
      assert.ok(got.durationMs < 1_500, `${got.durationMs} ms`)
      return `${got.code} after ${got.durationMs} ms`
    },
  },
  {
    id: 'R02',
    name: 'never accepts',
    async run(run) {
      const code =
        "require('node:net').createServer(()=>{}).listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})"
      const listener = start(process.execPath, ['-e', code])
      run.after(() => listener.end())
      const port = Number(await until('it listens', () => listener.out().trim()))
      listener.kill('SIGSTOP')
      const fillers = Array.from({ length: 4 }, () =>
        connect(port, '127.0.0.1').on('error', () => {}),
      )
      run.after(() => {
        for (const filler of fillers) filler.destroy()
      })
      await sleep(300)
      const got = await firstAttempt(`http://127.0.0.1:${port}/`)
      assert.equal(got.code, 'timeout')
      return `${got.code}/${got.detail} after ${got.durationMs} ms`
    },
  },
  receiver('R03', 'accepts, says nothing', [['silence', () => {}, { code: 'timeout' }]]),
  receiver('R04', 'drips headers', [['drip', every(300, 'x', OK), { code: 'timeout' }]]),
  receiver('R05', 'drips the body', [
    [
      'drip',
      every(300, 'x', `${OK}content-length: 100000\r\n\r\n`),
      { code: 'timeout', detail: /body/ },
    ],
  ]),
  receiver('R06', 'informs for ever', [
    [
      'every 50 ms',
      every(50, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
      { code: 'protocol_error' },
    ],
    [
      'at once',
      write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20_000)),
      { code: 'protocol_error' },
    ],
  ]),
  receiver('R07', 'endless body', [
    [
      'chunks',
      every(
        1,
        Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')]),
        `${OK}transfer-encoding: chunked\r\n\r\n`,
      ),
      { code: 'response_too_large' },
    ],
  ]),
  receiver('R08', 'big body', [
    [
      '500 KB',
      write(`${OK}content-length: 500000\r\n\r\n`, Buffer.alloc(500_000, 65)),
      { code: 'delivered', status: 200, bytes: 20_000 },
    ],
  ]),
  receiver('R09', 'bomb', [
    [
      'gzip',
      write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`, bomb),
      { code: 'delivered', bytes: Math.min(bomb.length, 20_000) },
    ],
    [
      '1,000 encodings',
      write(`${OK}content-encoding: ${'gzip,'.repeat(999)}gzip\r\ncontent-length: 2\r\n\r\nok`),
      { code: 'delivered' },
    ],
  ]),
  receiver('R10', 'huge headers', [
    [
      '70 KB',
      write(`${OK}x: ${'a'.repeat(70_000)}\r\n\r\n`),
      { code: 'protocol_error', detail: /headers/ },
    ],
    [
      '5,000',
      write(OK, ...Array.from({ length: 5_000 }, (_, i) => `x${i}: 1\r\n`), '\r\n'),
      { code: 'protocol_error', detail: /headers/ },
    ],
  ]),
  receiver('R11', 'lies about length', [
    ['short', write(`${OK}content-length: 100\r\n\r\nabc`), { code: 'response_incomplete' }],
    [
      'both',
      write(`${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`),
      { code: 'protocol_error' },
    ],
    [
      'two',
      write(`${OK}content-length: 3\r\ncontent-length: 4\r\n\r\nabc`),
      { code: 'protocol_error' },
    ],
  ]),
  {
    id: 'R12',
    name: 'resets or closes',
    quick: true,
    async run(run) {
      const reset: Answer = (socket) => (socket as Socket).resetAndDestroy()
      const atOnce = await rawReceiver(
        run,
        () => {},
        (socket) => socket.resetAndDestroy(),
      )
      const [now, after, half] = await Promise.all([
        firstAttempt(atOnce.url),
        rawReceiver(run, reset).then(({ url }) => firstAttempt(url)),
        rawReceiver(run, (socket) => {
          socket.write(`${OK}content-length: 100\r\n\r\nabc`)
          setTimeout(() => socket.resetAndDestroy(), 50)
        }).then(({ url }) => firstAttempt(url)),
      ])
      // A reset that races with our write may come after it.
      assert.ok(['connect_failed', 'response_incomplete'].includes(now.code ?? ''), `${now.code}`)
      assert.equal(after.code, 'response_incomplete')
      assert.equal(half.code, 'response_incomplete')
      return `at once: ${now.code}, after the request: ${after.code}, after headers: ${half.code}`
    },
  },
  receiver('R13', 'no HTTP', [
    ['html', write('<html>\r\n\r\n'), { code: 'protocol_error' }],
    ['binary', write(Buffer.from([0, 1, 2, 255, 254, 13, 10])), { code: 'protocol_error' }],
    ['HTTP/0.9', write('hello'), { code: 'protocol_error' }],
    ['ssh', write('SSH-2.0-OpenSSH_9.6\r\n'), { code: 'protocol_error' }],
  ]),
  receiver('R14', 'odd status', [
    ...['000', '099', '101', '199', '600', '999', '2000'].map(
      (status): Variant => [status, statusLine(status), { code: 'protocol_error' }],
    ),
    ['304', statusLine('304'), { code: 'redirect' }],
  ]),
  {
    id: 'R15',
    name: 'answers early, before reading a 1 MB request',
    async run(run) {
      const { url } = await rawReceiver(
        run,
        () => {},
        (socket) => {
          socket.once('data', () => {
            socket.pause()
            socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
          })
        },
      )
      const got = await firstAttempt(url, {}, { filler: 'x'.repeat(1_000_000) })
      assert.deepEqual([got.code, got.status], ['http_status', 413])
      return `${got.code}/${got.status} after ${got.durationMs} ms`
    },
  },
  {
    id: 'R16',
    name: 'answers twice',
    async run(run) {
      const twice = `${OK}content-length: 1\r\n\r\n1HTTP/1.1 500 No\r\ncontent-length: 1\r\n\r\n2`
      const { url } = await rawReceiver(run, (socket) => socket.write(twice))
      const first = await firstAttempt(url)
      const { node, sql } = await sharedStand()
      for (let i = 0; i < 20; i++)
        await node.call('POST', `/app/${first.app}/msg`, { eventType: 'a.b', payload: { i } })
      const rows = await until('all have ended', async () => {
        const found = await sql<{ status: number }>(
          'select response_status as status from attempt where url = $1',
          [url],
        )
        return found.length >= 21 && found
      })
      const wrong = rows.filter(({ status }) => status === 500).length
      assert.equal(wrong, 0, `${wrong} attempts got another's answer`)
      return `${rows.length} attempts, none with another's answer`
    },
  },
  receiver('R17', 'redirects', [
    redirect(301, '/elsewhere'),
    redirect(302, 'http://127.0.0.1:1/'),
    redirect(303, 'file:///etc/passwd'),
    redirect(307, 'gopher://127.0.0.1/'),
    redirect(308, `http://127.0.0.1/${'a'.repeat(10_000)}`),
  ]),
  tlsFault,
  {
    id: 'R19',
    name: 'keep-alive traps',
    async run(run) {
      // Answers once a connection, and closes it as the next request is written.
      const served = new WeakSet<Socket>()
      const { url, seen } = await rawReceiver(run, (socket) => {
        if (served.has(socket)) return socket.destroy()
        served.add(socket)
        socket.write(`${OK}content-length: 0\r\nkeep-alive: timeout=0\r\n\r\n`)
      })
      const { app } = await firstAttempt(url)
      const { node, sql } = await sharedStand()
      for (let i = 0; i < 10; i++)
        await node.call('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: { i } })
      await until('all are delivered', async () => {
        const [row] = await sql<{ n: number }>(
          'select count(distinct message_id)::int as n from attempt where url = $1 and succeeded',
          [url],
        )
        return row!.n === 11
      })
      const codes = await sql<{ code: string | null; n: number }>(
        'select failure_code as code, count(*)::int as n from attempt where url = $1 group by 1',
        [url],
      )
      for (const { code } of codes)
        assert.ok(
          code === null || code === 'response_incomplete' || code === 'connect_failed',
          `${code}`,
        )
      return `11 delivered over ${seen.connections} connections, ${codes.map(({ code, n }) => `${code ?? 'delivered'} ${n}`).join(', ')}`
    },
  },
  {
    id: 'R20',
    name: 'throttles',
    async run(run) {
      const one = async (status: number, value: string, longest: number, least: number) => {
        let at: number[] = []
        const { url } = await rawReceiver(run, (socket) => {
          at = [...at, performance.now()]
          socket.end(
            at.length === 1
              ? `HTTP/1.1 ${status} X\r\nretry-after: ${value}\r\ncontent-length: 0\r\n\r\n`
              : `${OK}content-length: 0\r\n\r\n`,
          )
        })
        await firstAttempt(url)
        await until(`again after ${value}`, () => at.length >= 2, { within: longest + 3_000 })
        const waited = Math.round(at[1]! - at[0]!)
        assert.ok(
          waited >= least && waited <= longest + 2_000,
          `Retry-After: ${value} waited ${waited} ms`,
        )
        return `${value}: ${waited} ms`
      }
      const date = new Date(Date.now() + 4_000).toUTCString()
      const waits = await Promise.all([
        one(429, '3', 4_000, 2_900),
        one(503, '3', 4_000, 2_900),
        one(429, '-1', 2_000, 850),
        one(429, 'NaN', 2_000, 850),
        one(503, date, 5_000, 1_800),
        one(429, '3, 4', 2_000, 850),
      ])
      return waits.join(', ')
    },
  },
  {
    id: 'R21',
    name: 'is gone',
    async run(run) {
      const { node } = await sharedStand()
      const gone: Promise<string>[] = [
        'HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n',
        'HTTP/1.1 500 X\r\nwebhook-delivery: disable\r\ncontent-length: 0\r\n\r\n',
      ].map(async (text) => {
        const { url, seen } = await rawReceiver(run, (socket) => socket.end(text))
        const { app, endpoint } = await firstAttempt(url)
        await until(
          'it is disabled',
          async () =>
            (await node.call('GET', `/app/${app}/endpoint/${endpoint}`)).body['disabled'] === true,
        )
        await node.call('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: {} })
        await sleep(2_500)
        assert.equal(seen.requests, 1, 'nothing more is sent')
        return text.slice(9, 12)
      })
      return `disabled at once by ${(await Promise.all(gone)).join(' and by the header of a ')}`
    },
  },
  {
    id: 'R22',
    name: 'flaps: fails nine of ten',
    async run(run) {
      let count = 0
      const { url, seen } = await rawReceiver(run, (socket) => {
        socket.end(`HTTP/1.1 ${count++ % 10 === 0 ? 200 : 500} X\r\ncontent-length: 0\r\n\r\n`)
      })
      const { app, endpoint } = await firstAttempt(url)
      const { node, sql } = await sharedStand()
      for (let i = 0; i < 40; i++)
        await node.call('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: { i } })
      const uuid = 'select endpoint_id from attempt where url = $1 limit 1'
      await until(
        'nothing is left',
        async () => {
          const [row] = await sql<{ n: number }>(
            `select count(*)::int as n from pending_delivery where endpoint_id = (${uuid})`,
            [url],
          )
          return row!.n === 0
        },
        { within: 20_000, every: 200 },
      )
      const rows = await sql<{ status: number; n: number }>(
        `select status, count(*)::int as n from finished_delivery where endpoint_id = (${uuid}) group by 1`,
        [url],
      )
      assert.equal(
        rows.reduce((sum, { n }) => sum + n, 0),
        41,
        'every delivery has an end',
      )
      assert.equal(
        (await node.call('GET', `/app/${app}/endpoint/${endpoint}`)).body['disabled'],
        false,
      )
      return `${seen.requests} requests, ${rows.map(({ status, n }) => `${n} × ${status === 1 ? 'succeeded' : 'exhausted'}`).join(', ')}, not disabled; ${await brief(run)}`
    },
  },
]

/** Down for 5 s: the circuit opens, what waits is tried by one probe at a time, and nothing is lost. */
async function brief(run: Run) {
  let isDown = true
  const { url, seen } = await rawReceiver(run, (socket) =>
    isDown ? socket.destroy() : socket.end(`${OK}content-length: 0\r\n\r\n`),
  )
  const { app, endpoint } = await firstAttempt(url)
  const { node, sql } = await sharedStand()
  const send = (i: number) =>
    node.call('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: { i } })
  await Promise.all(Array.from({ length: 60 }, (_, i) => send(i)))
  await until('its circuit opens', () =>
    node.log().includes(`"circuit.opened","endpointId":"${endpoint}"`),
  )
  const late = await Promise.all(Array.from({ length: 200 }, (_, i) => send(i)))
  const before = seen.requests
  await sleep(5_000)
  const probes = seen.requests - before
  assert.ok(probes < 20, `${probes} requests while the circuit was open`)
  isDown = false
  const delivered = async () => {
    const ids = late.map(({ body }) => toUuid(body['id']))
    const [row] = await sql<{ n: number }>(
      'select count(*)::int as n from finished_delivery where status = 1 and message_id = any ($1)',
      [ids],
    )
    return row!.n === late.length
  }
  const states = async () => {
    const all = 'select status, reason, attempts, count(*)::int from finished_delivery'
    const of = '(select endpoint_id from attempt where url = $1 limit 1)'
    return JSON.stringify(await sql(`${all} where endpoint_id = ${of} group by 1, 2, 3`, [url]))
  }
  await until('what waited is delivered', delivered, { within: 60_000, every: 200 }).catch(
    async (error) => assert.fail(`${error}: ${await states()}`),
  )
  return `down for 5 s: ${probes} probes, ${late.length} that waited are delivered`
}
