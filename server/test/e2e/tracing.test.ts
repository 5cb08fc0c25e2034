// Spans from the request that brings a message to its attempts, by a real SDK, loaded and started as
// docs/monitoring.md says, and exported to a collector.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { KINDS, type SeenSpan, scriptOfDocs, startCollector } from '../otel.ts'
import { newDataDir, startServer } from '../process.ts'
import { githubHeaders, SECRET } from '../provider.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const STATE = 'rojo=00f067aa0ba902b7'

const collector = await startCollector()
const receiver = await startReceiver((_, count) => ({ status: count === 1 ? 500 : 204 }))
const server = await startServer({
  NODE_OPTIONS: `--import ${await scriptOfDocs()}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  OTEL_SERVICE_NAME: 'bellwire-under-test',
  BELLWIRE_DATA_DIR: await newDataDir(),
  BELLWIRE_RETRY_SCHEDULE: '0.05,0.05',
})
const svix = new Svix(server.token, { serverUrl: server.url })
const { id: app } = await svix.application.create({ name: 'traced' })
const url = `${receiver.url}/path-secret?key=query-secret`
const endpoint = await svix.endpoint.create(app, { url })

const call = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, ...headers },
    body: JSON.stringify(body),
  })

/** The spans of one message, as soon as there are so many. */
const spansOf = (traceId: string, count: number) =>
  until(
    `${count} spans`,
    () => {
      const spans = collector.spans().filter((span) => span.traceId === traceId)
      return spans.length >= count && spans
    },
    { within: 20_000, or: () => collector.spans() },
  )

const ofKind = (spans: SeenSpan[], kind: number) => spans.filter((span) => span.kind === kind)

test('one trace leads from the caller over the commit to every attempt, and on to the receiver', async () => {
  const headers = { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: STATE }
  const payload = { word: 'payload-secret' }
  const answer = await call(`/app/${app}/msg`, { eventType: 'lead.created', payload }, headers)
  const { id } = (await answer.json()) as { id: string }
  const spans = await spansOf(TRACE, 4)
  const [request] = ofKind(spans, KINDS.server)
  const [accept] = ofKind(spans, KINDS.producer)
  const attempts = ofKind(spans, KINDS.client)
  assert.equal(spans.length, 4)

  assert.equal(request!.name, 'POST /api/v1/app/:app_ref/msg')
  assert.equal(request!.parentSpanId, CALLER)
  assert.equal(request!.attributes['http.response.status_code'], 202)

  assert.equal(accept!.name, 'accept lead.created')
  assert.equal(accept!.parentSpanId, request!.spanId)
  assert.equal(accept!.attributes['messaging.message.id'], id)
  assert.equal(accept!.attributes['messaging.destination.name'], 'lead.created')
  assert.equal(accept!.attributes['bellwire.result'], 'accepted')
  assert.equal(accept!.attributes['bellwire.batch.size'], 1)
  assert.ok(Number(accept!.attributes['bellwire.batch.wait_ms']) <= accept!.durationMs + 1)

  const { port } = new URL(receiver.url)
  assert.deepEqual(
    attempts.map(({ parentSpanId, isError, attributes }) => ({
      parentSpanId,
      isError,
      status: attributes['http.response.status_code'],
      error: attributes['error.type'],
      number: attributes['bellwire.attempt.number'],
      host: `${attributes['server.address']}:${attributes['server.port']}`,
      endpoint: attributes['bellwire.endpoint.id'],
      message: attributes['messaging.message.id'],
    })),
    [1, 2].map((number) => ({
      parentSpanId: accept!.spanId,
      isError: number === 1,
      status: number === 1 ? 500 : 204,
      error: number === 1 ? '500' : undefined,
      number,
      host: `127.0.0.1:${port}`,
      endpoint: endpoint.id,
      message: id,
    })),
  )
  // Each attempt tells the receiver its own span, and what other systems on the way had to say.
  assert.deepEqual(
    receiver.received.map(({ headers }) => [headers['traceparent'], headers['tracestate']]),
    attempts.map(({ spanId }) => [`00-${TRACE}-${spanId}-01`, STATE]),
  )
})

test('without a caller in a trace, a request begins one', async () => {
  const seen = receiver.received.length
  await call(`/app/${app}/msg`, { eventType: 'lead.closed', payload: {} })
  await until('it arrived', () => receiver.received.length > seen)
  const sent = String(receiver.received.at(-1)!.headers['traceparent'])
  const [, traceId = '', spanId] = sent.split('-')
  const spans = await spansOf(traceId, 3)
  const [request] = ofKind(spans, KINDS.server)
  assert.equal(request!.parentSpanId, '')
  assert.equal(ofKind(spans, KINDS.client)[0]!.spanId, spanId)
})

test('messages of a batch are spans of their own in the trace of its request', async () => {
  const trace = TRACE.replace('0', '1')
  const messages = ['a', 'b', 'c'].map((eventType) => ({ eventType, payload: {} }))
  const headers = { traceparent: `00-${trace}-${CALLER}-01` }
  assert.equal((await call(`/app/${app}/msg/batch`, { messages }, headers)).status, 202)
  const spans = await spansOf(trace, 7)
  const [request] = ofKind(spans, KINDS.server)
  const accepts = ofKind(spans, KINDS.producer)
  assert.deepEqual(accepts.map(({ name }) => name).toSorted(), ['accept a', 'accept b', 'accept c'])
  assert.ok(accepts.every(({ parentSpanId }) => parentSpanId === request!.spanId))
  const parents = ofKind(spans, KINDS.client).map(({ parentSpanId }) => parentSpanId)
  assert.deepEqual(parents.toSorted(), accepts.map(({ spanId }) => spanId).toSorted())
})

test('a webhook of a source is in the trace of its provider, and its token in no span', async () => {
  const trace = TRACE.replace('0', '2')
  const fields = { application: app, provider: 'github', secrets: [{ value: SECRET }] }
  const source = (await (await call('/source', fields)).json()) as { url: string }
  const sent = await fetch(source.url, {
    method: 'POST',
    body: '{}',
    headers: { ...githubHeaders('{}'), traceparent: `00-${trace}-${CALLER}-01` },
  })
  assert.equal(sent.status, 200)
  const spans = await spansOf(trace, 3)
  const [request] = ofKind(spans, KINDS.server)
  assert.equal(request!.name, 'POST /in/:token')
  assert.equal(ofKind(spans, KINDS.producer)[0]!.parentSpanId, request!.spanId)
  assert.ok(!collector.text().includes(new URL(source.url).pathname.split('/')[2]!))
})

test('what was not sampled is passed on as such, and nothing secret was exported', async () => {
  const trace = TRACE.replace('0', '3')
  const seen = receiver.received.length
  const headers = { traceparent: `00-${trace}-${CALLER}-00` }
  await call(`/app/${app}/msg`, { eventType: 'quiet', payload: {} }, headers)
  await until('it arrived', () => receiver.received.length > seen)
  const sent = String(receiver.received.at(-1)!.headers['traceparent'])
  assert.match(sent, new RegExp(`^00-${trace}-(?!${CALLER})[0-9a-f]{16}-00$`))
  const text = collector.text()
  for (const secret of ['payload-secret', 'path-secret', 'query-secret', server.token]) {
    assert.ok(!text.includes(secret), secret)
  }
})

test('what is left is exported when it stops', async () => {
  const before = collector.spans().length
  await call(`/app/${app}/msg`, { eventType: 'last', payload: {} })
  server.kill('SIGTERM')
  const { code } = await server.exited
  assert.equal(code, 0)
  assert.match(server.stderr(), /"event":"tracing.on"/)
  assert.ok(collector.spans().length >= before + 2)
  assert.ok(collector.text().includes('"bellwire-under-test"'))
})
