// A receiver on a raw socket, and what the server made of it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Run, until } from './fault.ts'
import { sharedStand } from './stand.ts'

export type Answer = (socket: Socket) => unknown

export async function rawReceiver(run: Run, answer: Answer, onConnect: Answer = () => {}) {
  const sockets = new Set<Socket>()
  const seen = { connections: 0, requests: 0, sent: 0 }
  const server = createServer((socket) => {
    seen.connections++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.once('close', () => {
      seen.sent += socket.bytesWritten
      sockets.delete(socket)
    })
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      // Our bodies are small: they come with the header.
      const heads = text.split('\r\n\r\n').length - 1
      if (heads === 0) return
      text = ''
      seen.requests++
      answer(socket)
    })
    onConnect(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  run.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r`, seen }
}

/** The first attempt at `url`, as the database has it. */
export async function firstAttempt(url: string, more: object = {}, payload: object = {}) {
  const { node, sql, recorder } = await sharedStand()
  const { body: app } = await node.call('POST', '/app', { name: url })
  const { body: endpoint } = await node.call('POST', `/app/${app['id']}/endpoint`, {
    url,
    secret: recorder.secret,
    ...more,
  })
  assert.ok(endpoint['id'], JSON.stringify(endpoint))
  const sent = await node.call('POST', `/app/${app['id']}/msg`, { eventType: 'a.b', payload })
  assert.equal(sent.status, 202, JSON.stringify(sent.body))
  const [row] = await until(`an attempt at ${url}`, async () => {
    const rows = await sql<Row>(
      `select failure_code as code, failure_detail as detail, response_status as status, duration_ms as "durationMs",
              octet_length(response_body) as bytes from attempt where url = $1 order by id limit 1`,
      [url],
    )
    return rows.length > 0 && rows
  })
  return {
    ...row!,
    app: app['id'] as string,
    endpoint: endpoint['id'] as string,
    message: sent.body['id'] as string,
  }
}

type Row = {
  code: string | null
  detail: string | null
  status: number | null
  durationMs: number
  bytes: number | null
}
