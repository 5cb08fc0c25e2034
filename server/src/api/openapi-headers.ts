// The headers that an operation reads and answers with, beside what its route declares.
import type { Json } from './openapi-schemas.ts'
import type { Route } from './route.ts'

export const HEADERS: Json = {
  'X-Request-Id': {
    description: "The id of the request, in the server's log too; yours, if you sent one",
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: '`true` when the request was done before, and this is its answer again',
    schema: { type: 'string', enum: ['true'] },
  },
  'Retry-After': {
    description: 'Seconds after which to try again',
    schema: { type: 'integer', minimum: 0 },
  },
  'RateLimit-Policy': {
    description: 'Of a limited token: `q` requests in `w` seconds',
    schema: { type: 'string', examples: ['"default";q=200;w=4'] },
  },
  RateLimit: {
    description:
      'Of a limited token: `r` requests are left, and all of them are back in `t` seconds',
    schema: { type: 'string', examples: ['"default";r=150;t=1'] },
  },
  Allow: { description: 'The methods of this path', schema: { type: 'string' } },
}

export type HeaderName = keyof typeof HEADERS & string

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Any text that is new for each request: a repetition with the same key and body, within 24 hours, is answered without doing it twice. An operation that changes nothing ignores it',
  schema: { type: 'string' },
}

export const pointers = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const LIMITED = ['RateLimit-Policy', 'RateLimit']

/** Of a success. */
export const headersOf = ({ method, access }: Route): Json =>
  pointers([
    'X-Request-Id',
    ...(access === 'none' ? [] : LIMITED),
    ...(method === 'POST' && access !== 'none' ? ['Idempotent-Replayed'] : []),
  ])

/** Of an error. The limit is counted after the token is known. */
export const headersOfError = (status: number): Json =>
  pointers([
    'X-Request-Id',
    ...(status === 429 || status === 503 ? ['Retry-After'] : []),
    ...(status === 405 ? ['Allow'] : []),
    ...(status === 401 || status === 405 ? [] : LIMITED),
  ])
