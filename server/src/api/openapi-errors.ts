// The two shapes of an error, and which statuses an operation may answer.
import { ERROR_CODES } from '../domain/errors.ts'
import { statusOf } from './errors.ts'
import { headersOfError } from './openapi-headers.ts'
import type { Json } from './openapi-schemas.ts'
import type { Route } from './route.ts'

const MEANINGS: Record<number, string> = {
  400: 'The request cannot be read as it is, or what it asks for is not possible now',
  401: 'No valid token',
  403: 'The token may not do this',
  404: 'There is nothing of that name, or it belongs to somebody else',
  405: 'The path does not know this method; `Allow` lists those it knows',
  409: 'The name is taken (`conflict`), or the same request still runs (`idempotency_in_progress`)',
  413: 'The body is too large',
  422: 'The request was read but breaks a rule',
  429: 'Too many requests of this token, or too many unknown tokens from this address',
  503: 'Not possible right now; `Retry-After` says when',
}

export const ERROR_RESPONSES: Json = Object.fromEntries(
  Object.entries(MEANINGS).map(([status, description]) => [
    `Error${status}`,
    {
      description,
      headers: headersOfError(Number(status)),
      content: {
        'application/json': {
          schema: {
            $ref: `#/components/schemas/${status === '422' ? 'ValidationError' : 'Error'}`,
          },
        },
      },
    },
  ]),
)

const beside = {
  title: { type: 'string', description: 'The same in a sentence' },
  status: { type: 'integer', description: 'The HTTP status' },
  request_id: { type: 'string', description: 'As in the header X-Request-Id' },
}
const text = { type: 'string' }

export function errorSchemas(): Record<string, Json> {
  const codes = ERROR_CODES.filter((code) => statusOf(code) !== 422)
  return {
    Error: {
      type: 'object',
      description: 'Every error but 422. docs/errors.md explains each code.',
      properties: {
        code: { type: 'string', enum: codes },
        detail: { type: 'string' },
        ...beside,
        components: {
          type: 'object',
          description: 'Of health: part by part, what is there and what is not',
          additionalProperties: text,
        },
      },
      required: ['code', 'detail', 'title', 'status', 'request_id'],
    },
    ValidationError: {
      type: 'object',
      properties: {
        detail: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Problem' } },
        ...beside,
      },
      required: ['detail', 'title', 'status', 'request_id'],
    },
    Problem: {
      type: 'object',
      properties: {
        loc: { type: 'array', items: text, description: 'Where: body, query or path, then names' },
        msg: { type: 'string' },
        type: { type: 'string', description: '`value_error`, or what kind of one' },
      },
      required: ['loc', 'msg', 'type'],
    },
  }
}

/** What the server itself may answer on the way to the handler, and what handlers of the kind throw. */
export function errorsOf({ access, path, method, query, body }: Route): Json {
  const writes = method !== 'GET' && method !== 'DELETE'
  // The same `Idempotency-Key` with another body is 422, while the first still runs 409.
  const repeatable = method === 'POST' && access !== 'none'
  const given: Record<number, boolean> = {
    400: true,
    401: access !== 'none',
    403: access !== 'none',
    // Hooks name their application in the query.
    404: path.includes(':') || path.startsWith('/hooks'),
    409: repeatable || (writes && body !== undefined),
    413: true,
    422: repeatable || query !== undefined || body !== undefined,
    429: access !== 'none',
    503: true,
  }
  const statuses = Object.keys(given).filter((status) => given[Number(status)])
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
  )
}
