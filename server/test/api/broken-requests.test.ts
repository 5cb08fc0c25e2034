// What is no HTTP request reaches no route, and in-process injection cannot send it: a socket can.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const { port } = new URL(await api.listen())

async function exchange(request: string) {
  const socket = connect({ host: '127.0.0.1', port: Number(port) })
  socket.write(request)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Map(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ')
      return [name.toLowerCase(), value.join(': ')]
    }),
  )
  return { status: Number(statusLine.split(' ')[1]), headers, body }
}

const line = 'GET /api/v1/app HTTP/1.1\r\nHost: x\r\n'

for (const [what, request, status] of [
  ['nonsense', 'nonsense\r\n\r\n', 400],
  ['a broken header', `${line}no header\r\n\r\n`, 400],
  ['headers that are too large', `${line}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['two lengths', `${line}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
  ['a length and chunks', `${line}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
] as const) {
  test(`${what} answers ${status} in JSON`, async () => {
    const reply = await exchange(request)
    assert.equal(reply.status, status)
    assert.equal(reply.headers.get('content-type'), 'application/json')
    assert.match(String(reply.headers.get('x-request-id')), /^[\w-]+$/)
    const { code, detail, request_id } = JSON.parse(reply.body)
    assert.deepEqual([code, typeof detail], ['generic_error', 'string'])
    assert.equal(request_id, reply.headers.get('x-request-id'))
  })
}

test('a request that is cut off leaves the server well', async () => {
  const socket = connect({ host: '127.0.0.1', port: Number(port) })
  socket.write('POST /api/v1/app HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.resetAndDestroy()
  assert.equal((await exchange(`${line}Connection: close\r\n\r\n`)).status, 401)
})
