// Tables of request → status, what the answer must contain, and what it must not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Api, Call } from './api.ts'

export type Case = Call & {
  name: string
  status: number
  has?: string[]
  hasNot?: string[]
  /** Of a 422: the place of its first problem. */
  loc?: string[]
}

export function testCases(api: Api, cases: Case[]) {
  for (const given of cases) test(given.name, () => assertCase(api, given))
}

export async function assertCase(api: Api, { status, has = [], hasNot = [], loc, ...call }: Case) {
  const reply = await api.call(call)
  const at = `${call.method} ${call.path}: ${reply.text}`
  assert.equal(reply.status, status, at)
  for (const part of has) assert.ok(reply.text.includes(part), `${part} is missing: ${at}`)
  for (const part of hasNot) assert.ok(!reply.text.includes(part), `${part} is there: ${at}`)
  if (loc !== undefined) {
    assert.ok(Array.isArray(reply.body.detail), at)
    assert.deepEqual(reply.body.detail[0]!.loc, loc, at)
  }
}
