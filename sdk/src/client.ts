// A client for the whole API, typed by openapi.json: one `request`, and the few things that need more
// than one. Web standards only.
import { BellwireError, toBellwireError } from './api-error.ts'
import type { BackgroundTaskGetOut, MessageIn, MessageOut, Operations } from './api-types.ts'
import { sleep, withRetries } from './attempts.ts'

export { type ApiProblem, BellwireError } from './api-error.ts'
export type * from './api-types.ts'

export type ClientOptions = {
  /** Where the server is: `https://webhooks.example.com`. */
  url: string
  /** An API key, or a token of an application. */
  token: string
  /** How often a request that got 5xx, 429 or no answer is tried again. Default 3. */
  retries?: number
  /** Before the first retry; doubles up to 10 s. Default 200. A longer `Retry-After` is honoured. */
  retryDelayMs?: number
  /** For each attempt. Default 30,000. */
  timeoutMs?: number
  /** Default: the global one. */
  fetch?: typeof fetch
}

export type CallOptions = {
  /** Of a POST: the same for each repetition of one intention. Default: a new one per call. */
  idempotencyKey?: string
  /** Ends the call, its retries included; it then throws the signal's reason. */
  signal?: AbortSignal
}

export type Method = keyof Operations
export type PathOf<M extends Method> = keyof Operations[M] & string
type Operation<M extends Method, P extends PathOf<M>> = Operations[M][P] & {
  options: object
  answer: unknown
}
export type OptionsOf<M extends Method, P extends PathOf<M>> = Operation<M, P>['options']
export type AnswerOf<M extends Method, P extends PathOf<M>> = Operation<M, P>['answer']
/** Required where the operation has something that is. */
type Rest<Options> = object extends Options
  ? [options?: Options & CallOptions]
  : [options: Options & CallOptions]

type Page = { data: unknown[]; iterator: string | null; done: boolean }
/** The operations that give lists. */
export type ListPath = {
  [P in PathOf<'GET'>]: AnswerOf<'GET', P> extends Page ? P : never
}[PathOf<'GET'>]
type ItemOf<P extends ListPath> = Extract<AnswerOf<'GET', P>, Page>['data'][number]

type Given = CallOptions & {
  params?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
}

export type Client = ReturnType<typeof createClient>

export function createClient({
  url,
  token,
  retries = 3,
  retryDelayMs = 200,
  timeoutMs = 30_000,
  fetch = globalThis.fetch,
}: ClientOptions) {
  const base = url.replace(/\/+$/, '')

  async function call(method: string, path: string, given: Given): Promise<unknown> {
    const { params = {}, query = {}, body, idempotencyKey, signal } = given
    const target = `${base}${fill(path, params)}${toQuery(query)}`
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'POST' && {
        'idempotency-key': idempotencyKey ?? `auto_${crypto.randomUUID()}`,
      }),
    }
    const request = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    return withRetries(() => exchange(fetch, target, { request, timeoutMs, signal }), {
      retries,
      retryDelayMs,
      signal,
    })
  }

  function request<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...[options]: Rest<OptionsOf<M, P>>
  ): Promise<AnswerOf<M, P>> {
    return call(method, path, (options ?? {}) as Given) as Promise<AnswerOf<M, P>>
  }

  return {
    /** Any operation: `request('GET', '/api/v1/app/{app_id}', { params: { app_id: 'acme' } })`. */
    request,

    /** Everything in a list, page by page: `for await (const app of client.list('/api/v1/app'))`. */
    async *list<P extends ListPath>(
      path: P,
      ...[options]: Rest<OptionsOf<'GET', P>>
    ): AsyncGenerator<ItemOf<P>, void, void> {
      const given = (options ?? {}) as Given
      let query = given.query ?? {}
      while (true) {
        const page = (await call('GET', path, { ...given, query })) as Page
        yield* page.data as ItemOf<P>[]
        if (page.done || page.iterator === null) return
        query = { ...query, iterator: page.iterator }
      }
    },

    /** Accepts a message for the application. */
    send(app: string, message: MessageIn, options: CallOptions = {}): Promise<MessageOut> {
      const path = '/api/v1/app/{app_id}/msg'
      return request('POST', path, { params: { app_id: app }, body: message, ...options })
    },

    /** Waits until a background task (of a recover, a replay …) is over, and gives it. */
    async waitForTask(
      id: string,
      { signal, everyMs = 1_000 }: { signal?: AbortSignal; everyMs?: number } = {},
    ): Promise<BackgroundTaskGetOut> {
      while (true) {
        const options = { params: { task_id: id }, ...(signal && { signal }) }
        const task = await request('GET', '/api/v1/background-task/{task_id}', options)
        if (task.status !== 'running') return task
        await sleep(everyMs, signal)
      }
    },
  }
}

type Exchange = { request: RequestInit; timeoutMs: number; signal: AbortSignal | undefined }

async function exchange(
  fetch: typeof globalThis.fetch,
  target: string,
  { request, timeoutMs, signal }: Exchange,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  let answer: Response
  let text: string
  try {
    answer = await fetch(target, { ...request, signal: both })
    text = await answer.text()
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    const unanswered = { status: 0, requestId: null, cause }
    if (timeout.aborted) {
      const message = `no answer within ${timeoutMs} ms: ${target}`
      throw new BellwireError(message, { ...unanswered, code: 'timeout' })
    }
    const message = `no answer from ${target}: ${(cause as Error).message}`
    throw new BellwireError(message, { ...unanswered, code: 'network' })
  }
  if (!answer.ok) throw toBellwireError(answer, text)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    const requestId = answer.headers.get('x-request-id')
    const details = { code: 'invalid_answer', status: answer.status, requestId, cause }
    throw new BellwireError(`${target} did not answer with JSON`, details)
  }
}

const fill = (path: string, params: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === '') throw new TypeError(`${path} needs params.${name}`)
    return encodeURIComponent(value)
  })

/** Lists are repeated; what is undefined or null is left out. */
function toQuery(query: Record<string, unknown>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null) search.append(name, String(one))
    }
  }
  return search.size === 0 ? '' : `?${search}`
}
