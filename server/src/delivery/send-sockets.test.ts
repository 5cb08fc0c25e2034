import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../test/until.ts'
import { parseAddress } from './egress/addresses.ts'
import { EMPTY_ALLOW_LIST, parseAllowList } from './egress/allow-list.ts'
import { createGuard } from './egress/guard.ts'
import type { LookupFailure, Resolver } from './egress/resolver.ts'
import { type AddressSet, toAddressSet } from './egress/url.ts'
import { createSender, type SenderOptions, type Timeouts } from './send.ts'

// What becomes of sockets: kept, found dead, withdrawn when DNS changes, freed at the deadline.

/** Of those who never answer. */
const SHORT: Timeouts = { connectMs: 400, headersMs: 400, totalMs: 600 }
/** Of those who do, also on a machine that is busy with other things. */
const PATIENT: Timeouts = { connectMs: 10_000, headersMs: 10_000, totalMs: 10_000 }
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const BODY = Buffer.from('{"a":1}')

type OnRequest = (socket: net.Socket, count: { onSocket: number; total: number }) => void

async function listen(t: TestContext, onRequest: OnRequest, host = '127.0.0.1', port = 0) {
  const sockets: net.Socket[] = []
  let total = 0
  const server = net.createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    let onSocket = 0
    socket.on('data', () => onRequest(socket, { onSocket: ++onSocket, total: ++total }))
  })
  server.listen(port, host)
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as net.AddressInfo).port, sockets, requests: () => total }
}

function answers(lookup: Resolver['lookup']): Resolver {
  return { lookup, close() {} }
}
const loopback = answers(() => set('127.0.0.1'))
const set = (...texts: string[]): AddressSet =>
  toAddressSet(texts.map((text) => parseAddress(text)!))

function startSender(t: TestContext, options: Partial<SenderOptions> = {}, resolver = loopback) {
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8') }, resolver)
  const onUnexpected = (error: unknown) => assert.fail(String(error))
  const sender = createSender({ guard, tickMs: 20, onUnexpected, ...options })
  t.after(() => sender.close())
  return (url: string, timeouts = PATIENT) =>
    Object.assign(sender.send({ method: 'POST', url, headers: [], body: BODY }, { timeouts }), {
      stats: () => sender.stats(),
    })
}

async function codeOf(sending: ReturnType<ReturnType<typeof startSender>>): Promise<string> {
  const outcome = await sending
  return outcome.kind === 'delivered' ? 'delivered' : outcome.failure.code
}

test('a kept-alive socket serves the next request', async (t) => {
  const { port, sockets } = await listen(t, (socket) => socket.write(OK))
  const send = startSender(t)
  for (let i = 0; i < 5; i++)
    assert.equal(await codeOf(send(`http://a.test.com:${port}/`)), 'delivered')
  assert.equal(sockets.length, 1)
})

test('a socket is not kept past its age', async (t) => {
  const { port, sockets } = await listen(t, (socket) => socket.write(OK))
  const send = startSender(t, { limits: { maxSocketAgeMs: 100 } })
  await send(`http://127.0.0.1:${port}/`)
  await sleep(120)
  await send(`http://127.0.0.1:${port}/`)
  assert.equal(sockets.length, 2)
})

test('R19 "Keep-Alive: timeout=0" and "Connection: close" get a socket per request', async (t) => {
  for (const header of ['keep-alive: timeout=0', 'connection: close']) {
    const { port, sockets } = await listen(t, (socket) =>
      socket.write(OK.replace('\r\n', `\r\n${header}\r\n`)),
    )
    const send = startSender(t)
    for (let i = 0; i < 3; i++)
      assert.equal(await codeOf(send(`http://127.0.0.1:${port}/`)), 'delivered')
    assert.equal(sockets.length, 3, header)
  }
})

test('R19 a socket that closed while idle is not written to', async (t) => {
  const { port, sockets, requests } = await listen(t, (socket) => socket.write(OK))
  const send = startSender(t)
  let last = send(`http://127.0.0.1:${port}/`)
  await last
  for (const end of ['end', 'resetAndDestroy', 'destroy'] as const) {
    sockets.at(-1)![end]()
    // A reset is there at once. The others are when the loop has turned; a request that is written
    // in that very turn may have arrived, so it is a failed attempt (the next test).
    const isGone = () => last.stats().sockets === 0
    if (end !== 'resetAndDestroy') await until('the hang-up is there', isGone)
    last = send(`http://127.0.0.1:${port}/`)
    assert.equal(await codeOf(last), 'delivered', end)
  }
  assert.equal(requests(), 4)
  assert.equal(sockets.length, 4)
})

test('R19 a kept socket closed after the request was written is a failed attempt', async (t) => {
  for (const end of ['end', 'resetAndDestroy'] as const) {
    const { port, requests } = await listen(t, (socket, { onSocket }) => {
      if (onSocket === 1) socket.write(OK)
      else socket[end]()
    })
    const send = startSender(t)
    await send(`http://127.0.0.1:${port}/`)
    assert.equal(await codeOf(send(`http://127.0.0.1:${port}/`)), 'response_incomplete')
    assert.equal(requests(), 2, 'it was not sent again')
  }
})

test('R16 a second answer on the socket is given to nobody', async (t) => {
  for (const delayMs of [0, 30]) {
    const { port, sockets } = await listen(t, (socket, { total }) => {
      const stray = 'HTTP/1.1 500 Stray\r\ncontent-length: 0\r\n\r\n'
      if (total > 1) socket.write(OK)
      else if (delayMs === 0) socket.write(OK + stray)
      else {
        socket.write(OK)
        setTimeout(() => socket.write(stray), delayMs)
      }
    })
    const send = startSender(t)
    const first = send(`http://127.0.0.1:${port}/`)
    const waiting = delayMs === 0 ? first.then(() => send(`http://127.0.0.1:${port}/`)) : null
    assert.equal(await codeOf(first), 'delivered')
    if (delayMs > 0) await until('it came', () => first.stats().sockets === 0)
    const second = await (waiting ?? send(`http://127.0.0.1:${port}/`))
    assert.equal(second.kind, 'delivered')
    assert.equal(sockets.length, 2)
  }
})

test('when the answer of DNS changes, kept sockets to the old set are not used', async (t) => {
  let current = set('127.0.0.1')
  const first = await listen(t, (socket) => socket.write(OK))
  const second = await listen(t, (socket) => socket.write(OK), '127.0.0.2', first.port)
  const send = startSender(
    t,
    {},
    answers(() => current),
  )
  const url = `http://a.test.com:${first.port}/`
  const closed = () => once(first.sockets[0]!, 'close')
  assert.equal(await codeOf(send(url)), 'delivered')
  current = set('127.0.0.2')
  const gone = closed()
  assert.equal(await codeOf(send(url)), 'delivered')
  await gone
  current = set('10.0.0.1')
  assert.equal(await codeOf(send(url)), 'blocked_destination')
  assert.deepEqual([first.requests(), second.requests()], [1, 1])
})

test('the same addresses in another order are the same set', async (t) => {
  let turn = 0
  const { port, sockets } = await listen(t, (socket) => socket.write(OK))
  const resolver = answers(() =>
    turn++ % 2 ? set('127.0.0.1', '127.0.0.3') : set('127.0.0.3', '127.0.0.1'),
  )
  const send = startSender(t, {}, resolver)
  for (let i = 0; i < 4; i++)
    assert.equal(await codeOf(send(`http://a.test.com:${port}/`)), 'delivered')
  assert.equal(sockets.length, 1)
})

test('a socket that leads elsewhere is refused before a byte is written', async (t) => {
  const { port, requests } = await listen(t, (socket) => socket.write(OK), '127.0.0.9')
  const openSocket = () => net.connect({ host: '127.0.0.9', port })
  const alarms: unknown[] = []
  const send = startSender(t, { openSocket, onUnexpected: (error) => alarms.push(error) })
  const outcome = await send(`http://127.0.0.1:${port}/`)
  assert.ok(outcome.kind === 'failed')
  assert.equal(outcome.failure.code, 'blocked_destination')
  assert.equal(outcome.failure.message, 'This URL is not allowed here.')
  assert.match(outcome.failure.operatorNote ?? '', /127\.0\.0\.9/)
  await sleep(20)
  assert.equal(requests(), 0)
  assert.equal(alarms.length, 1)
})

test('an address that is refused falls back to another of the set', async (t) => {
  const { port } = await listen(t, (socket) => socket.write(OK), '127.0.0.5')
  const send = startSender(
    t,
    {},
    answers(() => set('127.0.0.4', '127.0.0.5')),
  )
  assert.equal(await codeOf(send(`http://a.test.com:${port}/`)), 'delivered')
})

test('DNS silence ends with the time to connect, and frees the slot', async (t) => {
  let release: (answer: LookupFailure) => void = () => {}
  const never = new Promise<LookupFailure>((resolve) => {
    release = resolve
  })
  const send = startSender(
    t,
    {},
    answers(() => never),
  )
  const sending = send('http://a.test.com/', SHORT)
  const outcome = await sending
  assert.ok(outcome.kind === 'failed')
  assert.equal(`${outcome.failure.code} ${outcome.failure.detail}`, 'timeout connecting')
  assert.equal(sending.stats().inFlight, 0)
  release({ kind: 'failed', detail: 'unavailable', note: '' })
})

test('the deadline frees the slot of a hanging receiver for those who wait', async (t) => {
  const { port } = await listen(t, (socket, { total }) => void (total > 2 && socket.write(OK)))
  const send = startSender(t, { limits: { connectionsPerPool: 2 } })
  const url = `http://127.0.0.1:${port}/`
  const timeouts = { ...PATIENT, headersMs: 1_000 }
  const sent = Array.from({ length: 20 }, () => send(url, timeouts))
  assert.deepEqual(
    { ...sent[0]!.stats() },
    { pools: 1, sockets: 2, idle: 0, waiting: 18, inFlight: 20 },
  )
  const codes = await Promise.all(sent.map(codeOf))
  assert.deepEqual(codes.toSorted(), [...Array(18).fill('delivered'), 'timeout', 'timeout'])
  assert.equal(sent[0]!.stats().waiting, 0)
})

test('whoever finds no connection in time was stopped by us, not by the endpoint', async (t) => {
  const { port } = await listen(t, () => {})
  const send = startSender(t, { limits: { connectionsPerPool: 1 } })
  const url = `http://127.0.0.1:${port}/`
  const codes = await Promise.all([
    codeOf(send(url, SHORT)),
    codeOf(send(url, { ...SHORT, connectMs: 100 })),
  ])
  assert.deepEqual(codes, ['timeout', 'local_failure'])
})

test('the number of pools is bounded, and idle sockets of the oldest go', async (t) => {
  const { port, sockets } = await listen(t, (socket) => socket.write(OK))
  const send = startSender(t, { limits: { maxPools: 3 } })
  let last = send(`http://n0.test.com:${port}/`)
  await last
  for (let i = 1; i < 10; i++) {
    last = send(`http://n${i}.test.com:${port}/`)
    await last
  }
  assert.equal(last.stats().pools, 3)
  assert.equal(last.stats().sockets, 3)
  assert.equal(sockets.length, 10)
})

test('a busy pool that is retired still ends its exchange', async (t) => {
  const { port } = await listen(t, (socket) => void setTimeout(() => socket.write(OK), 100))
  const send = startSender(t, { limits: { maxPools: 1 } })
  const sent = ['a', 'b', 'c'].map((name) => send(`http://${name}.test.com:${port}/`))
  assert.deepEqual(await Promise.all(sent.map(codeOf)), ['delivered', 'delivered', 'delivered'])
  assert.equal(sent[0]!.stats().sockets, 1)
})

test('close breaks off what is in flight and takes nothing new', async (t) => {
  const { port } = await listen(t, () => {})
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8') }, loopback)
  const sender = createSender({ guard, tickMs: 20 })
  const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: [], body: BODY }
  const sending = sender.send(request, { timeouts: PATIENT })
  const closing = sender.close()
  const late = await sender.send(request, { timeouts: PATIENT })
  assert.equal(late.kind === 'failed' && late.failure.code, 'local_failure')
  await closing
  const broken = await sending
  assert.equal(broken.kind === 'failed' && broken.failure.code, 'local_failure')
  assert.equal(sender.stats().sockets, 0)
})

test('a guard of the request replaces the one of the sender', async (t) => {
  const { port, requests } = await listen(t, (socket) => socket.write(OK))
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8') }, loopback)
  const strict = createGuard({ allow: EMPTY_ALLOW_LIST }, loopback)
  const sender = createSender({ guard, tickMs: 20 })
  t.after(() => sender.close())
  const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: [], body: BODY }
  const outcome = await sender.send(request, { timeouts: PATIENT, guard: strict })
  assert.equal(outcome.kind === 'failed' && outcome.failure.code, 'blocked_destination')
  assert.equal(requests(), 0)
})

test('no answer reaches another request, whatever happens around it', async (t) => {
  // Each request is answered with its own number, late, early, cut or never.
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      const number = /\n#(\d+)$/.exec(String(data))?.[1] ?? '?'
      const kind = Number(number) % 7
      const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${number.length}\r\n\r\n${number}`
      if (kind === 1) setTimeout(() => socket.write(answer), 15)
      else if (kind === 2) socket.end(answer)
      else if (kind === 3) socket.resetAndDestroy()
      else if (kind === 4) socket.write(answer + answer)
      else if (kind === 5) setTimeout(() => socket.write(answer), 200)
      else socket.write(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8') }, loopback)
  const onUnexpected = (error: unknown) => assert.fail(String(error))
  const sender = createSender({
    guard,
    tickMs: 10,
    onUnexpected,
    limits: { connectionsPerPool: 8 },
  })
  t.after(() => sender.close())
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`
  const timeouts = { ...PATIENT, connectMs: 60_000, totalMs: 60_000, headersMs: 100 }
  let delivered = 0
  await Promise.all(
    Array.from({ length: 700 }, async (_, i) => {
      const request = { method: 'POST', url, headers: [], body: Buffer.from(`\n#${i}`) }
      const outcome = await sender.send(request, { timeouts })
      if (outcome.kind !== 'delivered') return
      assert.equal(outcome.answer.body.toString(), String(i))
      delivered += 1
    }),
  )
  // Five in seven may be; some of them come too late on a machine that is busy.
  assert.ok(delivered >= 300, `${delivered} of 700 were delivered`)
  assert.ok(sender.stats().sockets <= 8)
})
