// HTTP as every client of this API may rely on it: any content type, both slash forms, errors always
// JSON, a request id on everything. Knows no resource; those are in routes.ts.
import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { AppError, notFound } from '../domain/errors.ts'
import { answerBrokenRequest } from './broken-requests.ts'
import type { ApiDeps } from './deps.ts'
import { serveDocs } from './docs-route.ts'
import { toErrorAnswer } from './errors.ts'
import { serveEventStreams } from './event-streams.ts'
import { processHealth, unknownRoute } from './health.ts'
import { throughDoor } from './hook-urls.ts'
import { toKnown } from './known-errors.ts'
import { serveOpenApi } from './openapi-route.ts'
import { parseQuery } from './query.ts'
import { RATE_LIMIT_HEADERS } from './rate-limit.ts'
import { plugAll } from './route.ts'
import { routes } from './routes.ts'
import { serveStatic } from './static.ts'

const REQUEST_ID = /^[\w.\-:]{1,128}$/
const EXPOSED = {
  'access-control-expose-headers': [
    'x-request-id',
    'retry-after',
    'idempotent-replayed',
    ...RATE_LIMIT_HEADERS,
  ].join(', '),
}

export async function createServer(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: deps.maxBodyBytes,
    // Of the addresses that unknown tokens come from.
    trustProxy: deps.trustedProxies.length > 0 ? deps.trustedProxies : false,
    // Slow clients: headers within 10 s, the whole request within 30 s, looked at every second.
    requestTimeout: 30_000,
    keepAliveTimeout: 5_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 },
    forceCloseConnections: 'idle',
    // Ours say so in the API's shape.
    return503OnClosing: false,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    },
    rewriteUrl: throughDoor,
    clientErrorHandler: answerBrokenRequest,
    // A path that cannot be read reaches no hook, so what hooks do to all others is done here.
    frameworkErrors: (error, request, reply) => {
      identify(request, reply)
      reply.headers({ 'access-control-allow-origin': '*', ...EXPOSED })
      const known = error.code === 'FST_ERR_BAD_URL' ? toKnown(error, deps) : notFound()
      return refuse(known, request, reply)
    },
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      // An id or uid of 256 characters, percent-encoded.
      maxParamLength: 800,
      querystringParser: parseQuery,
    },
  })

  // The content type is ignored, a missing or malformed one included; bodies are bytes to us.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_, body, done) => {
    done(null, body)
  })
  app.addHook('onRequest', async (request, reply) => {
    identify(request, reply)
    request.raw.headers['content-type'] = 'application/octet-stream'
  })

  // A client that keeps its connection open would keep a stopping server up until it times out.
  app.addHook('onSend', async (_request, reply) => {
    if (deps.isDraining()) reply.header('connection', 'close')
  })

  app.addHook('onResponse', async (request, reply) => {
    deps.telemetry.requestServed({
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      requestId: request.id,
    })
  })

  app.setErrorHandler((error: FastifyError | AppError, request, reply) => {
    return refuse(toKnown(error, deps), request, reply)
  })

  await app.register((api, _options, done) => {
    // Browser portals call with a bearer token; there are no cookies here.
    void api.register(cors, {
      origin: '*',
      methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
      maxAge: 600,
      exposedHeaders: EXPOSED['access-control-expose-headers'],
      // OPTIONS that is no preflight gets the same answer: errors here are JSON, the plugin's is text.
      strictPreflight: false,
    })
    // After CORS, so that browsers may read these refusals too.
    api.addHook('onRequest', async (request) => assertServing(request, deps))
    api.setNotFoundHandler(unknownRoute)
    plugAll(api, deps.servesApi ? routes : processHealth, deps)
    if (deps.servesApi) {
      serveOpenApi(api, deps)
      serveEventStreams(api, deps)
    }
    done()
  })
  if (deps.servesApi) {
    await serveStatic(app)
    serveDocs(app, deps)
  }
  return app
}

function assertServing(request: FastifyRequest, { isDraining }: ApiDeps) {
  const { url } = request.routeOptions
  if (isDraining() && url !== '/healthz' && url !== '/readyz') {
    throw new AppError('unavailable', 'The server is stopping', { retryAfterSeconds: 1 })
  }
  if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? '')) {
    throw new AppError(
      'generic_error',
      'Compressed bodies are not accepted: send it without Content-Encoding',
    )
  }
}

function identify(request: FastifyRequest, reply: FastifyReply) {
  reply.header('x-request-id', request.id)
  reply.header('x-content-type-options', 'nosniff')
}

function refuse(error: AppError, request: FastifyRequest, reply: FastifyReply) {
  const { status, body, retryAfterSeconds } = toErrorAnswer(error, request.id)
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  return reply.code(status).header('content-type', 'application/json').send(JSON.stringify(body))
}
