// The ceiling: Bellwire's HTTP server and HTTP client with nothing between them. Takes a message,
// answers 202 and sends it on, signed; remembers nothing, so whatever goes wrong is lost.
import { createHmac, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { Pool } from 'undici'

const CONNECTIONS = 100
const SECRET = Buffer.alloc(24, 'bench')

const port = Number(process.env['PORT'])
const authorization = `Bearer ${process.env['BELLWIRE_BOOTSTRAP_API_KEY']}`
const pools = new Map<string, Pool>()
/** By application. */
const sinks = new Map<string, Sink[]>()
let applications = 0
let failures = 0

const app = Fastify({ logger: false, bodyLimit: 2 * 1024 * 1024 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.addHook('onRequest', async (request, reply) => {
  if (request.url.startsWith('/api/') && request.headers.authorization !== authorization) {
    await reply.code(401).send()
  }
})

app.get('/readyz', () => ({ status: 'ok' }))
app.post('/api/v1/app', (_request, reply) => {
  const id = `app_${++applications}`
  sinks.set(id, [])
  return reply.code(201).send({ id })
})
app.post<{ Body: Buffer; Params: { app: string } }>(
  '/api/v1/app/:app/endpoint',
  (request, reply) => {
    const { url } = JSON.parse(request.body.toString()) as { url: string }
    const { origin, pathname } = new URL(url)
    const pool = pools.get(origin) ?? new Pool(origin, { connections: CONNECTIONS, allowH2: false })
    pools.set(origin, pool)
    sinks.get(request.params.app)?.push({ pool, path: pathname })
    return reply.code(201).send({ id: 'ep_forwarder' })
  },
)
app.post<{ Body: Buffer; Params: { app: string } }>('/api/v1/app/:app/msg', (request, reply) => {
  const message = JSON.parse(request.body.toString()) as { eventType: string; payload: object }
  const id = `msg_${randomUUID()}`
  const payload = JSON.stringify(message.payload)
  for (const sink of sinks.get(request.params.app) ?? []) {
    forward(sink, id, payload).catch(() => failures++)
  }
  const timestamp = new Date().toISOString()
  return reply.code(202).send({ ...message, id, timestamp })
})

type Sink = { pool: Pool; path: string }

async function forward(sink: Sink, id: string, payload: string): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${payload}`).digest('base64')
  const signature = `v1,${mac}`
  const answer = await sink.pool.request({
    method: 'POST',
    path: sink.path,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Bellwire/bench',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
      'svix-id': id,
      'svix-timestamp': timestamp,
      'svix-signature': signature,
    },
    body: payload,
  })
  await answer.body.dump()
}

process.once('SIGTERM', () => {
  if (failures > 0) console.error(`The forwarder could not deliver ${failures} messages.`)
  Promise.all([app.close(), ...[...pools.values()].map((pool) => pool.close())]).catch(
    (error: unknown) => console.error(error),
  )
})
await app.listen({ port, host: '127.0.0.1' })
