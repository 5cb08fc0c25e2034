// The check that every answer goes through must itself be able to fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertContract } from './contract.ts'

const application = {
  id: 'app_1',
  name: 'x',
  throttleRate: null,
  metadata: {},
  createdAt: '2026-01-31T10:00:00.000Z',
  updatedAt: '2026-01-31T10:00:00.000Z',
}
const headers = { 'x-request-id': 'r', 'content-type': 'application/json' }
const beside = { title: 't', request_id: 'r' }
const get = { method: 'GET', url: '/api/v1/app/x' }
const answer = (statusCode: number, body: unknown, more: object = {}) => ({
  statusCode,
  headers: { ...headers, ...more },
  payload: typeof body === 'string' ? body : JSON.stringify(body),
})
const refusal = { code: 'not_found', detail: 'd', status: 404, ...beside }
const problem = { loc: ['body', 'x'], msg: 'm', type: 'value_error' }
const list = { detail: [problem], status: 422, ...beside }

test('what keeps the contract passes', () => {
  assertContract(get, answer(200, application))
  assertContract(get, answer(404, refusal))
  assertContract(get, answer(422, list))
})

const BROKEN: Record<string, ReturnType<typeof answer>> = {
  'a field that the schema does not name': answer(200, { ...application, secret: 'x' }),
  'a field that is missing': answer(200, { ...application, name: undefined }),
  'a field of another type': answer(200, { ...application, name: 1 }),
  'another success': answer(202, application),
  'an empty success': answer(200, ''),
  'no request id': answer(200, application, { 'x-request-id': undefined }),
  'another content type': answer(200, application, { 'content-type': 'text/html' }),
  'a 204 with a body': answer(204, 'x', { 'content-type': undefined }),
  'an error without code': answer(404, { ...refusal, code: undefined }),
  'an error with the code of another status': answer(404, { ...refusal, code: 'conflict' }),
  'an error with a list': answer(404, { ...list, status: 404 }),
  'a 422 with a sentence': answer(422, { ...refusal, status: 422 }),
  'a 422 without problems': answer(422, { ...list, detail: [] }),
  'a place with a number in it': answer(422, {
    ...list,
    detail: [{ ...problem, loc: ['body', 0] }],
  }),
  'another request id in the body': answer(404, { ...refusal, request_id: 'other' }),
  'a stack': answer(404, { ...refusal, detail: 'at x (/work/y.ts:1:2)' }),
  'any 500': answer(500, { ...refusal, code: 'server_error', status: 500 }),
  'a 503 that does not say when': answer(503, { ...refusal, code: 'unavailable', status: 503 }),
}

for (const [what, broken] of Object.entries(BROKEN)) {
  test(`${what} fails`, () => {
    assert.throws(() => assertContract(get, broken))
  })
}

test('an answer of no route fails', () => {
  assert.throws(() => assertContract({ method: 'GET', url: '/other' }, answer(200, application)))
})
