// Real sockets: what arrives must be the bytes that were signed, whatever parses bodies around it.
import assert from 'node:assert/strict'
import { createServer, request as httpRequest, type RequestListener } from 'node:http'
import { test } from 'node:test'
import Fastify from 'fastify'
import { github } from '../providers/github.ts'
import { createReceiver } from '../receiver/create-receiver.ts'
import { memoryStore } from '../stores/memory.ts'
import { toFastify } from './fastify.ts'
import { toHono } from './hono.ts'
import { toLambda } from './lambda.ts'
import { toNext } from './next.ts'
import { type NodeRequest, toExpress } from './node.ts'

const SECRET = 'a-secret-of-some-length'
const BODY = new Uint8Array([
  ...new TextEncoder().encode('{"n": 1.0, "t":"'),
  0xc3,
  0xa4,
  0x22,
  0x7d,
  0x0a,
])

function hooksWithLog() {
  const log: string[] = []
  const hooks = createReceiver({
    sources: { code: { provider: github, secrets: [SECRET] } },
    store: memoryStore(),
    limits: { body: 100_000 },
    onError: ({ code }) => void log.push(code),
  })
  hooks.on('code:*', ({ id, raw }) => void log.push(`${id} ${Buffer.from(raw).toString('hex')}`))
  const handled = (id: string) => `${id} ${Buffer.from(BODY).toString('hex')}`
  return { hooks, log, handled }
}

type Hooks = ReturnType<typeof hooksWithLog>['hooks']

const signed = async (hooks: Hooks, id: string, body: Uint8Array = BODY) =>
  await hooks.testing.sign('code', body, { id, type: 'push' })

/** The request that was signed, to another address. */
async function post(url: string, signed: Request) {
  const body = new Uint8Array(await signed.clone().arrayBuffer())
  return await fetch(url, { method: 'POST', headers: signed.headers, body })
}

async function serving(listener: RequestListener, work: (url: string) => Promise<void>) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  try {
    await work(`http://127.0.0.1:${address.port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('node:http: the stream is read as it came', async () => {
  const { hooks, log, handled } = hooksWithLog()
  const handler = toExpress(hooks)
  await serving(
    (req, res) => void handler(req, res),
    async (url) => {
      assert.equal((await post(`${url}/hooks/code?x=1`, await signed(hooks, 'a'))).status, 200)
      assert.equal((await post(`${url}/hooks/nobody`, await signed(hooks, 'b'))).status, 404)
    },
  )
  assert.deepEqual(log, [handled('a')])
})

test('Express: a raw parser is right, a JSON parser is named', async () => {
  const { hooks, log, handled } = hooksWithLog()
  const handler = toExpress(hooks)
  const parsing =
    (parse: (bytes: Buffer) => unknown): RequestListener =>
    async (req, res) => {
      const chunks: Buffer[] = []
      for await (const chunk of req) chunks.push(chunk as Buffer)
      const own = Object.assign(req, { originalUrl: req.url, body: parse(Buffer.concat(chunks)) })
      Object.assign(own, { url: '/' })
      await handler(own as unknown as NodeRequest, res)
    }
  await serving(
    parsing((bytes) => bytes),
    async (url) => {
      assert.equal((await post(`${url}/hooks/code`, await signed(hooks, 'a'))).status, 200)
    },
  )
  for (const parse of [
    (bytes: Buffer) => JSON.parse(bytes.toString()) as unknown,
    () => undefined,
    () => ({}),
  ]) {
    await serving(parsing(parse), async (url) => {
      const response = await post(`${url}/hooks/code`, await signed(hooks, 'b'))
      assert.equal(response.status, 500)
      assert.equal(await response.text(), '{"code":"body_not_raw"}')
    })
  }
  assert.deepEqual(log, [handled('a'), 'body_not_raw', 'body_not_raw', 'body_not_raw'])
})

test('node:http: a header that comes twice is ambiguous, and a body too large gets its answer', async () => {
  const { hooks, log } = hooksWithLog()
  const handler = toExpress(hooks)
  await serving(
    (req, res) => void handler(req, res),
    async (url) => {
      const signature = (await signed(hooks, 'a')).headers.get('x-hub-signature-256')!
      const status = await new Promise((resolve, reject) => {
        const headers = ['X-Hub-Signature-256', signature, 'x-hub-signature-256', signature]
        const all = ['Host', 'a', ...headers, 'Content-Length', String(BODY.length)]
        httpRequest(`${url}/code`, { method: 'POST', headers: all }, (res) => {
          res.resume()
          resolve(res.statusCode)
        })
          .on('error', reject)
          .end(BODY)
      })
      assert.equal(status, 401)
      const large = await signed(hooks, 'b', new Uint8Array(100_001))
      assert.equal((await post(`${url}/code`, large)).status, 413)
    },
  )
  assert.deepEqual(log, ['signature_ambiguous', 'body_too_large'])
})

test('Fastify: the plugin takes bytes, and the rest of the server parses as before', async () => {
  const { hooks, log, handled } = hooksWithLog()
  await using fastify = Fastify()
  await fastify.register(toFastify(hooks), { prefix: '/hooks' })
  fastify.post('/json', async (request) => ({ got: (request.body as { n: number }).n }))
  const url = await fastify.listen({ port: 0, host: '127.0.0.1' })
  assert.equal((await post(`${url}/hooks/code`, await signed(hooks, 'a'))).status, 200)
  const forged = await hooks.testing.sign('code', BODY, { break: 'signature' })
  assert.equal((await post(`${url}/hooks/code`, forged)).status, 401)
  const headers = { 'content-type': 'application/json' }
  const json = await fetch(`${url}/json`, { method: 'POST', headers, body: '{"n":7}' })
  assert.deepEqual(await json.json(), { got: 7 })
  assert.equal((await fetch(`${url}/hooks/code`)).status, 405)
  assert.deepEqual(log, [handled('a'), 'signature_mismatch'])
})

test('Hono and Next: a Request goes in, one that was read is refused', async () => {
  const { hooks, log, handled } = hooksWithLog()
  const hono = toHono(hooks)
  assert.equal((await hono({ req: { raw: await signed(hooks, 'a') } })).status, 200)
  const { POST, GET } = toNext(hooks.source('code'))
  assert.equal((await POST(await signed(hooks, 'b'))).status, 200)
  assert.equal((await GET(new Request('https://a.example/api/x'))).status, 405)
  const read = await signed(hooks, 'c')
  await read.json()
  assert.equal((await POST(read)).status, 500)
  assert.deepEqual(log, [handled('a'), handled('b'), 'body_not_raw'])
})

test('Lambda: base64 is decoded, and what was not said to be base64 is text', async () => {
  const { hooks, log, handled } = hooksWithLog()
  const handler = toLambda(hooks)
  const request = await signed(hooks, 'a')
  const headers = Object.fromEntries(request.headers)
  const event = {
    headers,
    rawPath: '/hooks/code',
    rawQueryString: '',
    requestContext: { http: { method: 'POST' } },
  }
  const text = Buffer.from(BODY).toString()
  const base64 = Buffer.from(BODY).toString('base64')
  const right = await handler({ ...event, body: base64, isBase64Encoded: true })
  assert.equal(right.statusCode, 200)
  assert.equal((await handler({ ...event, body: base64, isBase64Encoded: false })).statusCode, 401)
  const v1 = {
    headers,
    path: '/hooks/code',
    httpMethod: 'POST',
    body: text,
    isBase64Encoded: false,
  }
  assert.equal((await handler(v1)).statusCode, 200)
  assert.deepEqual(log, [handled('a'), 'signature_mismatch'])
})
