import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Outcome } from '../domain/outcome.ts'
import { parseAllowList } from './egress/allow-list.ts'
import { createGuard } from './egress/guard.ts'
import type { Resolver } from './egress/resolver.ts'
import { createSender, type HttpRequest, type SenderOptions, type Timeouts } from './send.ts'

// Receivers that misbehave, as raw sockets: what each of them comes to.

/** Of those who never answer, or never end. */
const SHORT: Timeouts = { connectMs: 2_000, headersMs: 700, totalMs: 900 }
/** Of all others, also on a machine that is busy with other things. */
const PATIENT: Timeouts = { connectMs: 10_000, headersMs: 10_000, totalMs: 10_000 }
const noResolver: Resolver = {
  lookup: () => assert.fail('a literal is not looked up'),
  close() {},
}

type OnSocket = (socket: net.Socket, request: Promise<unknown>) => void

/** A server whose sockets are handled by hand; `request` is over when the request's head came. */
async function listen(t: TestContext, onSocket: OnSocket) {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(
      socket,
      once(socket, 'data').catch(() => {}),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as net.AddressInfo).port, sockets }
}

function startSender(t: TestContext, options: Partial<SenderOptions> = {}) {
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8') }, noResolver)
  const onUnexpected = (error: unknown) => assert.fail(String(error))
  const sender = createSender({ guard, tickMs: 20, onUnexpected, ...options })
  t.after(() => sender.close())
  return sender
}

type Exchange = { onSocket: OnSocket; timeouts?: Timeouts; request?: Partial<HttpRequest> }

async function exchange(t: TestContext, { onSocket, timeouts = PATIENT, request = {} }: Exchange) {
  const { port, sockets } = await listen(t, onSocket)
  const sender = startSender(t)
  const url = `http://127.0.0.1:${port}/hook?x=1`
  const base = { method: 'POST', url, headers: ['content-type', 'text/plain'], body: BODY }
  const outcome = await sender.send({ ...base, ...request }, { timeouts })
  assert.equal(sender.stats().inFlight, 0)
  return { outcome, sockets: sockets.size, stats: sender.stats() }
}

const BODY = Buffer.from('{"a":1}')
const hints = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)

/** Writes this as soon as the request came. */
const answer =
  (text: string | Buffer): OnSocket =>
  (socket, request) =>
    void request.then(() => socket.write(text))

const answerAndEnd =
  (text: string | Buffer): OnSocket =>
  (socket, request) =>
    void request.then(() => socket.end(text))

function brief(outcome: Outcome): string {
  if (outcome.kind === 'delivered') return `delivered ${outcome.answer.status}`
  const { code, detail } = outcome.failure
  assert.ok(outcome.failure.message.length > 10)
  return detail === undefined ? code : `${code} ${detail}`
}

const ok = (body: string, headers = '') =>
  `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`

function drip(socket: net.Socket, first: string, everyMs: number) {
  socket.write(first)
  const timer = setInterval(() => socket.write('x'), everyMs)
  socket.on('close', () => clearInterval(timer))
}

type Row = [name: string, onSocket: OnSocket, expected: string]

const ROWS: Row[] = [
  ['a good answer', answer(ok('fine')), 'delivered 200'],
  ['no content', answer('HTTP/1.1 204 No Content\r\n\r\n'), 'delivered 204'],
  [
    'a body that ends with the socket',
    answerAndEnd('HTTP/1.1 200 OK\r\n\r\nfine'),
    'delivered 200',
  ],
  [
    'chunks',
    answer(
      ok('', 'x: y\r\n')
        .replace('content-length: 0', 'transfer-encoding: chunked')
        .concat('2\r\nok\r\n0\r\n\r\n'),
    ),
    'delivered 200',
  ],
  [
    'some informational answers',
    answer(`${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(8)}${ok('')}`),
    'delivered 200',
  ],

  ['R03 silence', () => {}, 'timeout headers'],
  ['R04 dripping headers', (s) => drip(s, 'HTTP/1.1 200 OK\r\nx-drip: ', 50), 'timeout headers'],
  ['R05 a dripping body', (s) => drip(s, 'HTTP/1.1 200 OK\r\n\r\n', 50), 'timeout body'],
  [
    'R06 informing for ever',
    (socket, request) => {
      const inform = () => {
        while (!socket.destroyed && socket.write(hints));
      }
      socket.on('drain', inform)
      void request.then(inform)
    },
    'protocol_error',
  ],
  [
    'R06 informing slowly',
    (socket, request) => {
      void request.then(() => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20)
        socket.on('close', () => clearInterval(timer))
      })
    },
    'protocol_error',
  ],
  ['1xx only', answerAndEnd('HTTP/1.1 103 Early Hints\r\n\r\n'), 'protocol_error'],
  ['100', answer(`HTTP/1.1 100 Continue\r\n\r\n${ok('')}`), 'protocol_error'],
  [
    'R10 one header of 70 KB',
    answer(ok('', `x: ${'a'.repeat(70_000)}\r\n`)),
    'protocol_error headers',
  ],
  ['R10 5,000 headers', answer(ok('', 'x-a: b\r\n'.repeat(5_000))), 'protocol_error headers'],
  ['R10 101 headers', answer(ok('', 'a: b\r\n'.repeat(100))), 'protocol_error headers'],
  [
    'R11 fewer bytes than declared',
    answerAndEnd('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'),
    'response_incomplete',
  ],
  [
    'R11 length and chunked',
    answer('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    'protocol_error',
  ],
  [
    'R11 two lengths',
    answer('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef'),
    'protocol_error',
  ],
  [
    'R11 a bad chunk',
    answer('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
    'response_incomplete',
  ],
  [
    'R12 a reset after the request',
    (s, request) => void request.then(() => s.resetAndDestroy()),
    'response_incomplete',
  ],
  [
    'R12 an end after the request',
    (s, request) => void request.then(() => s.end()),
    'response_incomplete',
  ],
  ['R12 an end within the headers', answerAndEnd('HTTP/1.1 200 OK\r\nx: '), 'response_incomplete'],
  [
    'R12 a reset within the body',
    (s, request) =>
      void request.then(() => {
        s.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')
        setTimeout(() => s.resetAndDestroy(), 50)
      }),
    'response_incomplete',
  ],
  [
    'R12 a reset within a body without length',
    (s, request) =>
      void request.then(() => {
        s.write('HTTP/1.1 200 OK\r\n\r\nabc')
        setTimeout(() => s.resetAndDestroy(), 50)
      }),
    'response_incomplete',
  ],
  ['R13 HTML', answerAndEnd('<html>hello</html>'), 'protocol_error'],
  ['R13 bytes', answerAndEnd(Buffer.from([0, 1, 2, 255, 254, 0, 13, 10])), 'protocol_error'],
  ['R13 HTTP/0.9', answerAndEnd('hello there\r\n'), 'protocol_error'],
  ['R13 a banner', (s) => s.write('SSH-2.0-OpenSSH_9.6\r\n'), 'protocol_error'],
  [
    'R14 101 with upgrade',
    answer('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    'protocol_error',
  ],
  ...['000', '099', '101', '199', '600', '999', '2000'].map(
    (status): Row => [
      `R14 status ${status}`,
      answerAndEnd(`HTTP/1.1 ${status} Odd\r\ncontent-length: 0\r\n\r\n`),
      'protocol_error',
    ],
  ),
  ...['300', '301', '302', '303', '304', '307', '308'].map(
    (status): Row => [
      `R17 status ${status}`,
      answer(`HTTP/1.1 ${status} Go\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n`),
      `redirect ${status}`,
    ],
  ),
  [
    'R17 a huge Location',
    answer(`HTTP/1.1 302 Go\r\nlocation: /${'a'.repeat(65_000)}\r\ncontent-length: 0\r\n\r\n`),
    'protocol_error headers',
  ],
  [
    'R20 429',
    answer('HTTP/1.1 429 Slow\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n'),
    'http_status 429',
  ],
  ['R21 410', answer('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n'), 'http_status 410'],
  [
    '500, then a body that drips',
    (s, request) => void request.then(() => drip(s, 'HTTP/1.1 500 No\r\n\r\n', 50)),
    'http_status 500',
  ],
  [
    '500, then a lie about its length',
    answerAndEnd('HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\nabc'),
    'http_status 500',
  ],
  [
    '500, then bytes without end',
    (socket, request) => void request.then(() => flood(socket, 'HTTP/1.1 500 No\r\n\r\n')),
    'http_status 500',
  ],
  [
    'a 401 that speaks of the signature',
    answer('HTTP/1.1 401 No\r\ncontent-length: 17\r\n\r\nInvalid Signature'),
    'http_status signature',
  ],
  [
    'a CDN without its origin',
    answer('HTTP/1.1 522 No\r\ncf-ray: 1\r\ncontent-length: 0\r\n\r\n'),
    'http_status cdn',
  ],
]

function flood(socket: net.Socket, head: string) {
  socket.write(head)
  const chunk = Buffer.alloc(65_536, 120)
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
}

for (const [name, onSocket, expected] of ROWS) {
  test(`${name}: ${expected}`, async (t) => {
    const timeouts = expected.startsWith('timeout') ? SHORT : PATIENT
    const { outcome, sockets } = await exchange(t, { onSocket, timeouts })
    assert.equal(brief(outcome), expected)
    assert.equal(sockets, 1, 'exactly one connection')
  })
}

test('R01 a closed port: connect_failed at once, in words that name no cause', async (t) => {
  const { port } = await listen(t, () => {})
  const closed = net.createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const free = (closed.address() as net.AddressInfo).port
  closed.close()
  await once(closed, 'close')
  assert.notEqual(free, port)
  const sender = startSender(t)
  const url = `http://127.0.0.1:${free}/`
  const outcome = await sender.send(
    { method: 'POST', url, headers: [], body: null },
    { timeouts: PATIENT },
  )
  assert.equal(brief(outcome), 'connect_failed')
  assert.ok(outcome.kind === 'failed')
  assert.equal(outcome.failure.message, 'Could not connect to 127.0.0.1.')
  assert.match(outcome.failure.operatorNote ?? '', /ECONNREFUSED/)
  assert.ok(outcome.durationMs < 5_000)
})

test('R02 a full backlog: timeout connecting', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const code = `require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const port = Number(String(line))
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 4 }, () =>
    net.connect(port, '127.0.0.1').on('error', () => {}),
  )
  t.after(() => fillers.forEach((filler) => void filler.destroy()))
  await sleep(100)
  const sender = startSender(t)
  const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: [], body: null }
  const outcome = await sender.send(request, { timeouts: { ...PATIENT, connectMs: 300 } })
  assert.equal(brief(outcome), 'timeout connecting')
  assert.ok(outcome.durationMs >= 300 && outcome.durationMs < 5_000)
  assert.equal(sender.stats().sockets, 0)
})

test('R05 the whole deadline ends a drip, and the slot is free', async (t) => {
  const { outcome, stats } = await exchange(t, {
    timeouts: SHORT,
    onSocket: (s) => drip(s, 'HTTP/1.1 200 OK\r\n\r\n', 50),
  })
  assert.ok(outcome.durationMs >= 900 && outcome.durationMs < 5_000, String(outcome.durationMs))
  assert.equal(stats.sockets, 0)
  assert.equal(outcome.kind === 'failed' && outcome.answer?.status, 200)
})

test('R07 endless chunks: response_too_large after about 1 MiB', async (t) => {
  let sent = 0
  const { outcome } = await exchange(t, {
    onSocket: (socket, request) => {
      const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
      const more = () => {
        while (!socket.destroyed && socket.write(chunk)) sent += 65_536
      }
      socket.on('drain', more)
      void request.then(() => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        more()
      })
    },
  })
  assert.equal(brief(outcome), 'response_too_large')
  assert.ok(sent < 16 * 1_048_576, `${sent} bytes were taken`)
})

test('R08 a big body: 20,000 bytes are kept and the socket lives on', async (t) => {
  const { outcome, stats } = await exchange(t, {
    onSocket: answer(ok('abcde'.repeat(100_000))),
  })
  assert.equal(brief(outcome), 'delivered 200')
  assert.ok(outcome.kind === 'delivered')
  assert.equal(outcome.answer.body.toString(), 'abcde'.repeat(4_000))
  assert.equal(outcome.answer.bodyCut, true)
  assert.equal(stats.idle, 1)
})

test('a body in many small chunks is put together', async (t) => {
  const text = 'abcdefg'.repeat(3_000)
  const chunks = Array.from(text, (letter) => `1\r\n${letter}\r\n`).join('')
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const { outcome } = await exchange(t, { onSocket: answer(`${head}${chunks}0\r\n\r\n`) })
  assert.ok(outcome.kind === 'delivered')
  assert.equal(outcome.answer.body.toString(), text.slice(0, 20_000))
  assert.equal(outcome.answer.bodyCut, true)
  const two = await exchange(t, { onSocket: answer(`${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`) })
  assert.ok(two.outcome.kind === 'delivered')
  assert.equal(two.outcome.answer.body.toString(), 'abcde')
  assert.equal(two.outcome.answer.bodyCut, false)
})

test('R09 a bomb stays packed, a thousand encodings are only text', async (t) => {
  const bomb = gzipSync(Buffer.alloc(20_000_000))
  for (const encoding of ['gzip', 'gzip, '.repeat(1_000).slice(0, -2)]) {
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bomb.length}\r\n\r\n`
    const { outcome } = await exchange(t, {
      onSocket: answer(Buffer.concat([Buffer.from(head), bomb])),
    })
    assert.ok(outcome.kind === 'delivered')
    assert.deepEqual(outcome.answer.body, bomb.subarray(0, 20_000))
    assert.deepEqual(outcome.answer.headers[0], ['content-encoding', encoding])
  }
})

test('R12 a reset at once: nothing came back, whichever side was quicker', async (t) => {
  const { outcome } = await exchange(t, { onSocket: (socket) => socket.resetAndDestroy() })
  assert.match(brief(outcome), /^(connect_failed|response_incomplete)$/)
})

test('R15 an answer before the request was read counts', async (t) => {
  for (const status of [200, 413]) {
    const { outcome } = await exchange(t, {
      request: { body: Buffer.alloc(1_048_576, 97) },
      onSocket: (socket) => {
        socket.pause()
        socket.end(`HTTP/1.1 ${status} Early\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok`)
      },
    })
    assert.equal(brief(outcome), status === 200 ? 'delivered 200' : 'http_status 413')
  }
})

test('R17 one request is made, and the sentence says where it was sent', async (t) => {
  let requests = 0
  const { outcome } = await exchange(t, {
    onSocket: (socket) => {
      socket.on('data', () => {
        requests += 1
        socket.write(
          'HTTP/1.1 302 Go\r\nlocation: http://x/\xe9\r\ncontent-length: 0\r\n\r\n',
          'latin1',
        )
      })
    },
  })
  assert.ok(outcome.kind === 'failed')
  assert.match(outcome.failure.message, /sent us on to http:\/\/x\/\\u00e9\. Webhooks are never/)
  assert.equal(requests, 1)
})

test('the answer is kept as it came, without cookies', async (t) => {
  const { outcome } = await exchange(t, {
    onSocket: answer(
      ok('body', 'X-One: 1\r\nSet-Cookie: a=b\r\nx-two: 2\r\nX-ONE: 3\r\nset-cookie: c=d\r\n'),
    ),
  })
  assert.ok(outcome.kind === 'delivered')
  assert.deepEqual(outcome.answer, {
    status: 200,
    headers: [
      ['x-one', '1'],
      ['x-two', '2'],
      ['x-one', '3'],
      ['content-length', '4'],
    ],
    body: Buffer.from('body'),
    bodyCut: false,
  })
})

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
  for (const body of [null, Buffer.alloc(0), Buffer.from('abc')]) {
    const length = body?.length ?? 'no'
    test(`${method} with ${length} bytes goes out whole`, async (t) => {
      let received = ''
      const { outcome } = await exchange(t, {
        request: { method, body },
        onSocket: (socket) => {
          socket.on('data', (data) => {
            received += data
            socket.write(ok(''))
          })
        },
      })
      assert.equal(brief(outcome), 'delivered 200')
      const [head = '', sent] = received.split('\r\n\r\n')
      assert.match(head, new RegExp(`^${method} /hook\\?x=1 HTTP/1.1\r\nhost: 127.0.0.1:\\d+\r\n`))
      assert.match(head, /\r\ncontent-type: text\/plain/)
      assert.equal(sent, body?.toString() ?? '')
    })
  }
}

test('a header that no request may carry is our mistake, not an outcome', async (t) => {
  const request = { headers: ['x-bad', 'a\r\nb: c'] }
  await assert.rejects(exchange(t, { onSocket: answer(ok('')), request }), {
    code: 'UND_ERR_INVALID_ARG',
  })
})

test('local trouble is told apart', async (t) => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'EADDRNOTAVAIL']) {
    const openSocket = () => {
      const socket = new net.Socket()
      const error = Object.assign(new Error(code), { code, address: '127.0.0.1' })
      process.nextTick(() => socket.destroy(error))
      return socket
    }
    const sender = startSender(t, { openSocket })
    const request = { method: 'POST', url: 'http://127.0.0.1:9/', headers: [], body: null }
    const outcome = await sender.send(request, { timeouts: PATIENT })
    assert.equal(brief(outcome), 'local_failure', code)
    assert.equal(sender.stats().sockets, 0)
  }
})

// Answers of chance, mostly pieces of real ones: each must end as an outcome with a sentence.
test('whatever comes back is an outcome', async (t) => {
  let seed = 11
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const { port } = await listen(t, (socket, request) => {
    void request.then(() => {
      const count = 1 + random(8)
      for (let i = 0; i < count; i++) socket.write(PIECES[random(PIECES.length)]!, 'latin1')
      if (random(4) === 0) socket.resetAndDestroy()
      else if (random(3) > 0) socket.end()
    })
  })
  const sender = startSender(t)
  const url = `http://127.0.0.1:${port}/`
  const timeouts = { connectMs: 200, headersMs: 100, totalMs: 200 }
  const seen = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const sent = Array.from({ length: 50 }, () =>
      sender.send({ method: 'POST', url, headers: [], body: BODY }, { timeouts }),
    )
    for (const outcome of await Promise.all(sent)) seen.add(brief(outcome))
  }
  assert.ok(seen.size >= 8, [...seen].join(', '))
  assert.equal(sender.stats().inFlight, 0)
})

const PIECES = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 500 No\r\n',
  'HTTP/1.1 302 Go\r\n',
  'HTTP/1.0 200\r\n',
  'HTTP/2.0 200 OK\r\n',
  'HTTP/1.1 101 Switch\r\n',
  'HTTP/1.1 103 Hints\r\n\r\n',
  'HTTP/1.1 -1 \r\n',
  'content-length: 5\r\n',
  'content-length: 99999999999999999999\r\n',
  'content-length: -5\r\n',
  'transfer-encoding: chunked\r\n',
  'connection: close\r\n',
  'connection: upgrade\r\nupgrade: h2c\r\n',
  'keep-alive: timeout=99999999999\r\n',
  '__proto__: x\r\n',
  'constructor: y\r\n',
  ': nameless\r\n',
  'x: \0\x01\x7f\xff\r\n',
  ' folded\r\n',
  '\r\n',
  '\r\n',
  '\r\n\r\n',
  'hello',
  '5\r\nhello\r\n',
  'ffffffffffffffffff\r\n',
  '0\r\n\r\n',
  'trailer: z\r\n',
  '\0\0\0\x04\0\0\0\0\0',
  'x'.repeat(20_000),
]
