// What is true of every answer: a request id, JSON or nothing, the shape that its route declares and
// no field more, or one of the two shapes of an error (api.md §1.4).
import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Route } from '../../src/api/route.ts'
import { routes } from '../../src/api/routes.ts'

const CODES: Record<number, string[]> = {
  400: [
    'generic_error',
    'invalid_range',
    'limit_reached',
    'missing_payload',
    'invalid_scheme',
    'endpoint_disabled',
  ],
  401: ['authentication_failed'],
  403: ['insufficient access'],
  404: ['not_found'],
  405: ['method_not_allowed'],
  409: ['conflict', 'event_type_exists', 'idempotency_in_progress'],
  413: ['payload_too_large'],
  429: ['rate_limited'],
  503: ['unavailable'],
}

const beside = { title: z.string(), status: z.number(), request_id: z.string() }
const Refusal = z.strictObject({
  code: z.string(),
  detail: z.string(),
  ...beside,
  /** Of health only: part by part, what is there and what is not. */
  components: z.record(z.string(), z.string()).optional(),
})
const Problem = z.strictObject({
  loc: z.tuple([z.enum(['body', 'query', 'path', 'header'])], z.string()),
  msg: z.string().min(1),
  type: z.string().regex(/^(value_error(\.\w+)?|application_uid_(missing|mismatch))$/),
})
const Unprocessable = z.strictObject({ detail: z.array(Problem).min(1), ...beside })

/** Words that only our own insides use. */
const LEAKS =
  /node_modules|node:internal|invariant|\bat .+\.[jt]s:\d+|constraint|SQLSTATE|insert into/

type Response = {
  statusCode: number
  headers: Record<string, string | string[] | number | undefined>
  payload: string
}

/** The parsed body, or null of an empty one. */
export function assertContract(
  { method, url }: { method: string; url: string },
  { statusCode: status, headers, payload }: Response,
): unknown {
  const at = `${method} ${url} answered ${status}: ${payload.slice(0, 500)}`
  assert.match(String(headers['x-request-id'] ?? ''), /^[\w.\-:]{1,128}$/, at)
  if (method === 'HEAD' || method === 'OPTIONS' || status === 204) {
    assert.equal(payload, '', at)
    if (status === 204) assert.equal(headers['content-type'], undefined, at)
    return assertExpected({ method, url }, status, at)
  }
  assert.match(String(headers['content-type']), /^application\/json(; charset=utf-8)?$/, at)
  if (status < 300) return assertOutput({ method, url }, status, payload, at)
  const body: unknown = JSON.parse(payload)
  const error = (status === 422 ? Unprocessable : Refusal).parse(body)
  assert.equal(error.status, status, at)
  assert.equal(error.request_id, headers['x-request-id'], at)
  if (status === 503 || status === 429) assert.match(String(headers['retry-after']), /^\d+$/, at)
  if ('code' in error) assert.ok(CODES[status]?.includes(error.code), at)
  assert.doesNotMatch(payload, LEAKS, at)
  return body
}

/** Of an answer without a body only the status can be held against its route. */
function assertExpected(request: { method: string; url: string }, status: number, at: string) {
  if (request.method === 'OPTIONS') assert.equal(status, 204, at)
  else if (status < 300) {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const { status: declared, alsoStatus } = routeOf({ ...request, method }, at)
    assert.ok([declared, alsoStatus].includes(status), at)
  }
  return null
}

function assertOutput(
  request: { method: string; url: string },
  status: number,
  payload: string,
  at: string,
): unknown {
  const { output, status: declared, method } = routeOf(request, at)
  // PUT creates too, `get_if_exists` finds, and a dry run only counts.
  const others = method === 'PUT' ? [201] : method === 'POST' && declared > 200 ? [200] : []
  assert.ok([declared, ...others].includes(status), at)
  if (output === undefined) {
    assert.equal(payload, '', `${at}: the route declares no body`)
    return null
  }
  const body: unknown = JSON.parse(payload)
  // zod drops keys that a schema does not name, and `__proto__` wherever it stands.
  const plain: unknown = JSON.parse(payload, (key, value) =>
    key === '__proto__' ? undefined : value,
  )
  assert.deepEqual(output.parse(plain), plain, `${at}: not the declared shape`)
  return body
}

const patterns = routes.map((entry) => ({
  entry,
  names: entry.path.split(':').length,
  pattern: new RegExp(`^${entry.path.replace(/:\w+/g, '[^/]+')}/?$`),
}))

/** The entry with the fewest names in its path wins, as in the server. */
export function routeOf({ method, url }: { method: string; url: string }, at: string): Route {
  const path = url.replace(/\?.*$/, '').replace(/\/{2,}/g, '/')
  const [match] = patterns
    .filter(({ entry, pattern }) => entry.method === method && pattern.test(path))
    .sort((a, b) => a.names - b.names)
  assert.ok(match, `${at}: no such route in the table`)
  return match.entry
}
