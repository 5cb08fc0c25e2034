// Spans of OpenTelemetry, for who has loaded an SDK before us (docs/monitoring.md); without one there is
// none of this at run time. A trace goes from the request that brings a message, over its commit, to every
// attempt, on whatever node: what joins them is the `traceparent` that is stored with the message. As in
// the log: no payloads, no header values, and of URLs only the host, because paths and queries hold
// secrets of receivers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api'
import type { RunKey } from './domain/delivery.ts'
import type { AttemptId, MessageId } from './domain/ids.ts'
import type { Outcome } from './domain/outcome.ts'
import {
  isTraceHeader,
  type TraceContext,
  toTraceHeaders,
  traceContextOf,
} from './domain/trace-context.ts'
import type { Telemetry } from './telemetry.ts'
import { VERSION } from './version.ts'

type Api = typeof import('@opentelemetry/api')
type Headers = [string, string][]

export type Tracing = ReturnType<typeof createTracing>
export type AcceptSpan = ReturnType<Tracing['accepting']>

/** Null without an SDK: then nothing is loaded either. */
export async function findTracing(telemetry: Telemetry): Promise<Tracing | null> {
  if (!isSdkLoaded()) return null
  try {
    const api = await import('@opentelemetry/api')
    const probe = api.trace.getTracer('bellwire').startSpan('probe').spanContext()
    if (!api.isSpanContextValid(probe)) throw new Error('the SDK has registered with another one')
    telemetry.log.info({ event: 'tracing.on' }, 'an OpenTelemetry SDK is loaded: it gets spans')
    return createTracing(api)
  } catch (error) {
    telemetry.tracingImpossible(error)
    return null
  }
}

/** Where every @opentelemetry/api of version 1 keeps what was registered with it. */
function isSdkLoaded(): boolean {
  const { [Symbol.for('opentelemetry.js.api.1')]: registered } = globalThis as {
    [key: symbol]: { trace?: unknown } | undefined
  }
  return registered?.trace !== undefined
}

/** What an SDK looks for before it records, or sends along, a span of the HTTP client or of `pg`. */
const SUPPRESS = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING'

export function createTracing(api: Api) {
  const { context, trace, SpanKind, SpanStatusCode, ROOT_CONTEXT } = api
  const tracer = trace.getTracer('bellwire', VERSION)
  const unrecorded = ROOT_CONTEXT.setValue(api.createContextKey(SUPPRESS), true)

  /** The context of whoever sent these headers. */
  function remote(given: TraceContext | null): Context {
    if (given === null) return ROOT_CONTEXT
    const [, traceId = '', spanId = '', flags = ''] = given.traceparent.split('-')
    return trace.setSpanContext(ROOT_CONTEXT, {
      ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true },
      ...(given.tracestate !== null && { traceState: api.createTraceState(given.tracestate) }),
    })
  }

  /** What goes along with a message: this span's context in place of its sender's. */
  const withContextOf = (span: Span, brought: Headers | null | undefined): Headers => [
    ...(brought ?? []).filter((header) => !isTraceHeader(header)),
    ...toTraceHeaders(toTraceContext(span.spanContext())),
  ]

  function fail(span: Span, errorType: string) {
    span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR })
  }

  return {
    /** A request from its head to its answer, unless an instrumentation has begun a span of it. */
    request<Done>({ method, route, headers, response }: Served, work: () => Done): Done {
      if (trace.getActiveSpan() !== undefined) return work()
      const parent = remote(traceContextOf(headers))
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'url.scheme': 'http',
      }
      const options = { kind: SpanKind.SERVER, attributes }
      const span = tracer.startSpan(`${method} ${route}`, options, parent)
      response.once('close', () => {
        const { statusCode } = response
        span.setAttribute('http.response.status_code', statusCode)
        if (statusCode >= 500) fail(span, String(statusCode))
        span.end()
      })
      return context.with(trace.setSpan(parent, span), work)
    },

    /** A message from the door of its batch to its commit. */
    accepting({ ids, eventType, bytes, headers }: Arriving) {
      const isInside = trace.getActiveSpan() !== undefined
      const parent = isInside ? context.active() : remote(contextIn(headers))
      const attributes = {
        ...messaging({ name: 'accept', type: 'send', eventType, id: ids[0]! }),
        'messaging.message.body.size': bytes,
        ...(ids.length > 1 && { 'bellwire.messages': ids.length }),
      }
      const options = { kind: SpanKind.PRODUCER, attributes }
      const span = tracer.startSpan(`accept ${eventType}`, options, parent)
      const since = performance.now()
      return {
        withContext: (brought: Headers | undefined) => withContextOf(span, brought),
        /** Its batch goes to the database. */
        taken(size: number) {
          const waitMs = Math.round((performance.now() - since) * 1000) / 1000
          span.setAttributes({ 'bellwire.batch.size': size, 'bellwire.batch.wait_ms': waitMs })
          span.addEvent('batch')
        },
        ended: (result: string) => span.setAttribute('bellwire.result', result).end(),
        failed(error: unknown) {
          fail(span, error instanceof Error ? error.name : 'Error')
          span.end()
        },
      }
    },

    /** One attempt from before its request, which carries `headers`, to its outcome. */
    attempting({ run, eventType, attempts, headers: brought }: Leased, request: Attempting) {
      const { id, method, url } = request
      const attributes = {
        ...messaging({ name: 'attempt', type: 'process', eventType, id: run.messageId }),
        ...hostOf(url),
        'http.request.method': method,
        'bellwire.attempt.id': id,
        'bellwire.attempt.number': attempts + 1,
        'bellwire.endpoint.id': run.endpointId,
        ...(attempts > 0 && { 'http.request.resend_count': attempts }),
        ...(run.resend > 0 && { 'bellwire.resend': run.resend }),
      }
      const options = { kind: SpanKind.CLIENT, attributes }
      const span = tracer.startSpan(method, options, remote(contextIn(brought)))
      return {
        headers: withContextOf(span, brought),
        end(outcome: Outcome) {
          const status = outcome.answer?.status
          if (status !== undefined) span.setAttribute('http.response.status_code', status)
          if (outcome.kind === 'failed') {
            const { code } = outcome.failure
            fail(span, code === 'http_status' && status !== undefined ? String(status) : code)
          }
          span.end()
        },
      }
    },

    /** Instrumentations of HTTP clients would make a span of their own and send that one's context. */
    quietly: <Done>(work: () => Done): Done => context.with(unrecorded, work),
  }
}

type Served = {
  method: string
  /** Never the path: some hold tokens. */
  route: string
  headers: IncomingMessage['headers']
  response: ServerResponse
}

type Arriving = {
  /** Several of a request that was cut into messages. */
  ids: MessageId[]
  eventType: string
  bytes: number
  headers: Headers | undefined
}

type Leased = {
  run: RunKey
  eventType: string
  /** Made before this one. */
  attempts: number
  headers?: Headers | null
}

type Attempting = { id: AttemptId; method: string; url: string }

type Operation = {
  name: string
  type: 'send' | 'process'
  eventType: string
  id: MessageId
}

const messaging = ({ name, type, eventType, id }: Operation): Attributes => ({
  'messaging.system': 'bellwire',
  'messaging.operation.name': name,
  'messaging.operation.type': type,
  'messaging.destination.name': eventType,
  'messaging.message.id': id,
})

function hostOf(url: string): Attributes {
  const parsed = URL.parse(url)
  if (parsed === null) return {}
  const scheme = parsed.protocol.slice(0, -1)
  const port = parsed.port === '' ? (scheme === 'https' ? 443 : 80) : Number(parsed.port)
  return { 'url.scheme': scheme, 'server.address': parsed.hostname, 'server.port': port }
}

/** What a message brings along of its trace. */
function contextIn(brought: Headers | null | undefined): TraceContext | null {
  const named = (brought ?? [])
    .filter(isTraceHeader)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return named.length === 0 ? null : traceContextOf(Object.fromEntries(named))
}

function toTraceContext({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const flags = traceFlags.toString(16).padStart(2, '0')
  const tracestate = traceState?.serialize() ?? ''
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    tracestate: tracestate === '' ? null : tracestate,
  }
}
