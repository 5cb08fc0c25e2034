// What a bin's rules can do beyond a plain answer: choose by content, count, break off, keep waiting.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { openBin as openBinOf } from '../bin.ts'
import { startBellwire } from '../harness.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire()
const openBin = (fields: object = {}) => openBinOf(bellwire, fields)

type Heard = { bytes: string; end: 'closed' | string; ms: number; gaps: number }

/** What a plain socket hears, and how its connection ends. */
function hear(port: number, target: string, { giveUpMs = 20_000 } = {}): Promise<Heard> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let bytes = ''
    let gaps = 0
    const end = (how: string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ bytes, end: how, ms: performance.now() - startedAt, gaps })
    }
    const timer = setTimeout(() => end('gave up'), giveUpMs)
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.toString('latin1')
      gaps++
    })
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'))
    socket.on('close', () => end('closed'))
    socket.on('end', () => end('closed'))
    socket.write(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`)
  })
}

test('a rule can reset, close without an answer, or break off in the middle of the body', async () => {
  const bin = await openBin({
    rules: [
      { path: '/reset', fault: 'reset' },
      { path: '/close', fault: 'close' },
      { path: '/partial', fault: 'partial', status: 201, body: '0123456789' },
    ],
  })
  const reset = await hear(bin.port, `${bin.target}/reset`)
  assert.deepEqual([reset.end, reset.bytes], ['ECONNRESET', ''])
  const closed = await hear(bin.port, `${bin.target}/close`)
  assert.deepEqual([closed.end, closed.bytes], ['closed', ''])
  const partial = await hear(bin.port, `${bin.target}/partial`)
  assert.equal(partial.end, 'closed')
  assert.match(partial.bytes, /^HTTP\/1\.1 201 /)
  assert.match(partial.bytes, /content-length: 10\r\n/)
  assert.match(partial.bytes, /\r\n\r\n01234$/)
  const answers = (await bin.captures('?order=ascending')).map(({ answer }) => answer)
  assert.deepEqual(answers, [
    { status: null, rule: 0, delayMs: 0, fault: 'reset', relayed: false },
    { status: null, rule: 1, delayMs: 0, fault: 'close', relayed: false },
    { status: 201, rule: 2, delayMs: 0, fault: 'partial', relayed: false },
  ])
})

test('a rule that hangs answers nothing while the sender waits, and has kept what came', async () => {
  const bin = await openBin({ rules: [{ fault: 'hang' }] })
  const heard = await hear(bin.port, bin.target, { giveUpMs: 1_500 })
  assert.deepEqual([heard.end, heard.bytes], ['gave up', ''])
  const [capture] = await until('the capture', async () => {
    const captures = await bin.captures()
    return captures.length > 0 && captures
  })
  assert.equal(capture!.answer.fault, 'hang')
})

test('a slow body comes whole, in pieces, over its time', async () => {
  const body = 'x'.repeat(1_000)
  const bin = await openBin({ rules: [{ slowBodyMs: 600, body }] })
  const startedAt = performance.now()
  const answer = await bin.send({ method: 'POST', body: 'a' })
  const headAfterMs = performance.now() - startedAt
  assert.equal(await answer.text(), body)
  const ms = performance.now() - startedAt
  assert.ok(ms >= 590, `${ms} ms`)
  assert.ok(headAfterMs < ms - 200, `head after ${headAfterMs} of ${ms} ms`)
})

test('a server that stops lets go of who hangs', async () => {
  const own = await startBellwire()
  const bin = await openBinOf(own, { rules: [{ fault: 'hang' }] })
  const hanging = hear(bin.port, bin.target)
  await until('the capture', async () => (await bin.captures()).length === 1)
  await own.stop()
  assert.equal((await hanging).end, 'closed')
})

test('the first rule answers whose method, path, headers, query and body fit', async () => {
  const bin = await openBin({
    rules: [
      { match: { 'headers.x-api-version': '1' }, status: 410 },
      { match: { 'payload.type': { $startsWith: 'invoice.' } }, status: 201 },
      { match: { 'query.mode': 'test' }, status: 202 },
      { method: 'PUT', match: { body: { $contains: '<order' } }, status: 203 },
      { match: { 'payload.field': { $in: ['b'] } }, status: 206 },
    ],
  })
  const json = { 'content-type': 'application/json' }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const cases: [RequestInit, string, number][] = [
    [
      { method: 'POST', headers: { 'X-Api-Version': '1' }, body: '{"type":"invoice.paid"}' },
      '',
      410,
    ],
    [{ method: 'POST', headers: json, body: '{"type":"invoice.paid"}' }, '', 201],
    [{ method: 'POST', headers: json, body: '{"type":"customer.made"}' }, '?mode=test', 202],
    [{ method: 'PUT', body: '<?xml version="1.0"?><order/>' }, '/x', 203],
    [{ method: 'POST', body: '<?xml version="1.0"?><order/>' }, '/x', 200],
    [{ method: 'POST', headers: form, body: 'field=a&field=b' }, '', 206],
    [{ method: 'POST', headers: form, body: '{"type":"invoice.paid"}' }, '', 201],
    [{ method: 'POST', body: 'no json' }, '', 200],
  ]
  for (const [init, rest, status] of cases) {
    assert.equal((await bin.send(init, rest)).status, status, JSON.stringify([init, rest]))
  }
})

test('a rule with times answers so many and no more, also when they come at once', async () => {
  const bin = await openBin({
    rules: [
      { path: '/once', times: 1, fault: 'reset' },
      { path: '/five', times: 5, status: 500 },
    ],
  })
  await assert.rejects(bin.send({}, '/once'))
  assert.equal((await bin.send({}, '/once')).status, 200)
  const answers = await Promise.all(Array.from({ length: 20 }, () => bin.send({}, '/five')))
  const failed = answers.filter(({ status }) => status === 500)
  assert.equal(failed.length, 5)
  const { body } = await bellwire.call('GET', bin.path)
  const [, five] = body['rules'] as { answered: number }[]
  assert.ok(five!.answered >= 5)
})

test('a sequence goes on where it was although its captures are gone, and begins anew with new rules', async () => {
  const rules = [{ statuses: [500, 503, 204] }]
  const bin = await openBin({ rules })
  const next = async () => (await bin.send({ method: 'POST' })).status
  assert.deepEqual([await next(), await next()], [500, 503])
  for (const { id } of await bin.captures()) {
    await bellwire.call('DELETE', `${bin.path}/capture/${id}`)
  }
  assert.equal(await next(), 204)
  await bellwire.call('PATCH', bin.path, { rules })
  assert.equal(await next(), 500)
})

test('rules that cannot be are refused with their place', async () => {
  const cases: [object, string[]][] = [
    [{ fault: 'explode' }, ['body', 'rules', '[0]', 'fault']],
    [{ fault: 'partial' }, ['body', 'rules', '[0]', 'body']],
    [{ slowBodyMs: 10, body: 'ok', status: 204 }, ['body', 'rules', '[0]', 'body']],
    [{ times: 0 }, ['body', 'rules', '[0]', 'times']],
    [
      { match: { 'payload.a': { $near: 1 } } },
      ['body', 'rules', '[0]', 'match', 'payload.a', '$near'],
    ],
    [{ match: { 'channels.a': 1 } }, ['body', 'rules', '[0]', 'match', 'channels.a']],
    [{ match: { $segment: 'a' } }, ['body', 'rules', '[0]', 'match', '$segment']],
  ]
  for (const [rule, loc] of cases) {
    const { status, body, text } = await bellwire.call('POST', '/bin', { rules: [rule] })
    assert.equal(status, 422, text)
    assert.deepEqual((body['detail'] as { loc: string[] }[])[0]!.loc, loc)
  }
  const many = Array.from({ length: 11 }, () => ({ match: { method: 'GET' } }))
  assert.equal((await bellwire.call('POST', '/bin', { rules: many })).status, 422)
})
