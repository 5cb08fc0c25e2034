// What types an entry of the API's table, and plugs it into Fastify. The order of checks is the
// contract's: authentication (401), how much the caller asks (429), what it may do at all (403), query, the things named in
// the path (404), then the body (422).
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { assertMay, type Caller, type Capability, type Needs } from '../domain/access.ts'
import type { Application } from '../domain/application.ts'
import type { Bin } from '../domain/bin.ts'
import type { TargetKind } from '../domain/change.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { AppError, invariant, notFound } from '../domain/errors.ts'
import { parseId } from '../domain/ids.ts'
import { operationalApplicationId } from '../domain/operational.ts'
import type { Poller } from '../domain/poller.ts'
import type { Source } from '../domain/source.ts'
import { type TraceContext, traceContextOf } from '../domain/trace-context.ts'
import { getApplication } from '../store/applications.ts'
import { getBin } from '../store/bins.ts'
import { getEndpoint } from '../store/endpoints.ts'
import { getPoller } from '../store/pollers.ts'
import { getSource } from '../store/sources.ts'
import { Answer, textOf } from './answer.ts'
import { parseJson } from './body.ts'
import { identifyCaller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { toAppError } from './errors.ts'
import { answerOnce, type Idempotency, idempotencyOf } from './idempotency.ts'
import { type HandlerDeps, recorderOf } from './record.ts'
import { inWrite } from './write.ts'

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]

type Has<Path, Name extends string> = Path extends
  | `${string}:${Name}/${string}`
  | `${string}:${Name}`
  ? true
  : false

/** Things named in the path come found, under their own parent; body and query come checked. */
export type Input<Path, Query, Body> = {
  caller: Caller
  params: Record<string, string>
  query: Query
  body: Body
  /** The exact bytes of the body. */
  bytes: Buffer
  requestId: string
  /** Which trace the caller is in, if any. */
  trace: TraceContext | null
  /** Of a POST with an `Idempotency-Key`. */
  idempotency: Idempotency | null
} & (Has<Path, 'app_id'> extends true ? { application: Application } : object) &
  (Has<Path, 'endpoint_id' | 'operational_endpoint_id'> extends true
    ? { endpoint: Endpoint }
    : object) &
  (Has<Path, 'poller_id'> extends true ? { poller: Poller } : object) &
  (Has<Path, 'source_id'> extends true ? { source: Source } : object) &
  (Has<Path, 'bin_id'> extends true ? { bin: Bin } : object)

export type Route<
  Path extends string = string,
  QuerySchema extends z.ZodType | undefined = z.ZodType | undefined,
  BodySchema extends z.ZodType | undefined = z.ZodType | undefined,
> = {
  method: Method
  path: Path
  /**
   * `none` is for health, and for what a token in the path opens; `environment` wants an API key; `application` takes a token of the
   * application of the path too, when that has the capability; `poller` also one of its poller.
   */
  access: Needs['access']
  capability?: Capability
  /** A send-only key may call it. */
  sends?: boolean
  /** It changes nothing although it is no GET: a read-only key may call it. */
  reads?: boolean
  /** A hook URL may call it. */
  hooks?: boolean
  operationId: string
  summary: string
  query?: QuerySchema
  body?: BodySchema
  /** An empty body means `{}`. */
  bodyOptional?: boolean
  /**
   * What must be refused and cannot be found out at once, such as where a name leads. Runs before the
   * transaction, which must not wait for the network.
   */
  before?(
    input: Input<
      Path,
      QuerySchema extends z.ZodType ? z.output<QuerySchema> : undefined,
      BodySchema extends z.ZodType ? z.output<BodySchema> : undefined
    >,
    deps: ApiDeps,
  ): Promise<void>
  /**
   * Of what it writes rows into the audit log, by `record` in the transaction of the change; or why it
   * writes none. Everything but GET must say so: `plug` refuses it otherwise, and a test sees the row.
   */
  records?: TargetKind | TargetKind[] | { nothing: string }
  /** False for an operation that changes nothing, or not in one transaction; see write.ts. */
  transaction?: false
  status: number
  /** Another success: PUT that creates, POST that finds. */
  alsoStatus?: number
  /** The shape of the answer; absent for an empty one. Tests hold every answer against it. */
  output?: z.ZodType
  handle(
    input: Input<
      Path,
      QuerySchema extends z.ZodType ? z.output<QuerySchema> : undefined,
      BodySchema extends z.ZodType ? z.output<BodySchema> : undefined
    >,
    deps: HandlerDeps,
  ): Promise<unknown>
}

/** Infers the types of an entry; does nothing else. */
export function route<
  const Path extends string,
  QuerySchema extends z.ZodType | undefined = undefined,
  BodySchema extends z.ZodType | undefined = undefined,
>(entry: Route<Path, QuerySchema, BodySchema>): Route {
  // A handler of narrower input stands in the table of all: `plug` gives each just what it asked for.
  return entry as unknown as Route
}

/** Makes the entry answer on its path, and every other method there answer 405. */
export function plug(app: FastifyInstance, entry: Route, deps: ApiDeps) {
  invariant(
    entry.method === 'GET' || entry.records !== undefined,
    `${entry.operationId} must say what it records of its change, or why nothing`,
  )
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = entry.access === 'none' ? null : await identifyCaller(request, reply, deps)
    const input = await readInput(entry, { request, caller }, deps)
    await entry.before?.(input, deps)
    const record = recorderOf({ ...input, operation: entry.operationId })
    const handle = async (deps: ApiDeps) =>
      toAnswer(entry, await entry.handle(input, { ...deps, record }))
    const answer =
      entry.method === 'GET' || entry.transaction === false
        ? await handle(deps)
        : await inWrite(deps, (tx) => answerOnce(input.idempotency, tx, handle))
    return send(reply, answer)
  }
  app.route({ method: entry.method, url: entry.path, handler: traced(entry, serve, deps) })
}

type Serve = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** Questions after our health, of which there are many, are no traces. */
function traced({ access, path }: Route, serve: Serve, { tracing }: ApiDeps): Serve {
  if (tracing === null || access === 'none') return serve
  return (request, reply) => {
    const { method, headers } = request
    const served = { method, route: path, headers, response: reply.raw }
    return tracing.request(served, () => serve(request, reply))
  }
}

const toAnswer = (entry: Route, result: unknown) =>
  result instanceof Answer ? result : new Answer(entry.status, result)

async function readInput(
  entry: Route,
  { request, caller }: { request: FastifyRequest; caller: Caller | null },
  deps: ApiDeps,
): Promise<Input<string, never, never>> {
  const params = request.params as Record<string, string>
  const requestId = request.id
  const trace = traceContextOf(request.headers)
  if (caller !== null) assertMay(caller, entry)
  const query = entry.query && check(entry.query, request.query, 'query')
  const found = caller === null ? {} : await findInPath(params, caller, deps)
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const json = entry.body && (bytes.length === 0 && entry.bodyOptional ? {} : parseJson(bytes))
  const body = entry.body && check(entry.body, json, 'body')
  const idempotency = caller && idempotencyOf(request, { caller, bytes })
  const input = { caller, params, query, body, bytes, requestId, trace, idempotency, ...found }
  return input as unknown as Input<string, never, never>
}

async function findInPath(params: Record<string, string>, caller: Caller, { store }: ApiDeps) {
  // No name holds a NUL, and the database could not even be asked for one.
  if (Object.values(params).some((value) => value.includes('\0'))) throw notFound()
  const { app_id, endpoint_id, operational_endpoint_id, poller_id, source_id, bin_id } = params
  if (bin_id !== undefined) {
    return { bin: await getBin(store.db, caller.environmentId, bin_id) }
  }
  if (source_id !== undefined) {
    return { source: await getSource(store.db, caller.environmentId, source_id) }
  }
  if (operational_endpoint_id !== undefined) {
    const owner = operationalApplicationId(caller.environmentId)
    return { endpoint: await getEndpoint(store.db, owner, operational_endpoint_id) }
  }
  if (app_id === undefined) return {}
  const application = await getApplication(store.db, caller.environmentId, app_id)
  if (caller.kind !== 'key' && caller.applicationId !== application.id) throw notFound()
  if (poller_id !== undefined) {
    const poller = await getPoller(store.db, application.id, poller_id)
    if (caller.kind === 'poller' && caller.pollerId !== poller.id) throw notFound()
    return { application, poller }
  }
  if (endpoint_id === undefined) return { application }
  return { application, endpoint: await getEndpoint(store.db, application.id, endpoint_id) }
}

function check(schema: z.ZodType, value: unknown, where: 'body' | 'query'): unknown {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw toAppError(parsed.error, where)
  return parsed.data
}

function send(reply: FastifyReply, { status, body, headers }: Answer) {
  reply.code(status).headers(headers)
  if (status === 204) return reply.send()
  reply.header('content-type', 'application/json')
  return reply.send(textOf(body))
}

/** Plugs the whole table in; a known path with another method answers 405 with `Allow`. */
export function plugAll(app: FastifyInstance, table: Route[], deps: ApiDeps) {
  for (const entry of table) plug(app, entry, deps)
  for (const [path, entries] of Map.groupBy(table, ({ path }) => path.replace(/:\w+/g, ':name'))) {
    // Methods that an entry with names in this place answers are left to it: `msg/bulk-expunge` may
    // also be the eventId of a message.
    const answering = table.filter((entry) => entries.includes(entry) || isCase(path, entry.path))
    const allowed = [...new Set(answering.map((entry) => entry.method))]
    const others: (Method | 'HEAD')[] = METHODS.filter((method) => !allowed.includes(method))
    if (others.length === 0) continue
    if (others.includes('GET')) others.push('HEAD')
    app.route({
      method: others,
      url: path,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        reply.header('allow', allowed.join(', '))
        throw new AppError(
          'method_not_allowed',
          `${request.method} is not possible here, only ${allowed.join(', ')}`,
        )
      },
    })
  }
}

/** Whether every path that fits the first pattern fits the second too. */
function isCase(path: string, general: string): boolean {
  const steps = general.split('/')
  const own = path.split('/')
  return (
    steps.length === own.length &&
    steps.every((step, index) => step.startsWith(':') || step === own[index])
  )
}

/** An id of a kind in the path, or the 404 that an unknown one gets. */
export function pathId<K extends Parameters<typeof parseId>[0]>(kind: K, text: string | undefined) {
  const id = parseId(kind, text ?? '')
  if (id === null) throw notFound()
  return id
}
