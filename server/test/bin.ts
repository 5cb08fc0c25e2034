// A bin of a running server, as tests use it.
import assert from 'node:assert/strict'
import type { Bellwire } from './harness.ts'

export type Captured = {
  id: string
  seq: number
  method: string
  target: string
  headers: [string, string][]
  body: { size: number; sha256: string; base64: string }
  forwarded: { proto: string | null; address: string | null } | null
  answer: {
    status: number | null
    rule: number | null
    delayMs: number
    fault: string | null
    relayed: boolean
  }
  provider: { name: string; because: string[]; alsoPossible: string[] } | null
  verdict: string | null
}

export async function openBin(bellwire: Bellwire, fields: object = {}) {
  const created = await bellwire.call('POST', '/bin', fields)
  assert.equal(created.status, 201, created.text)
  return binOf(bellwire, created.body)
}

export function binOf(bellwire: Bellwire, created: Record<string, unknown>) {
  const path = `/bin/${String(created['id'])}`
  const url = String(created['url'])
  const get = async (rest: string) => {
    const { status, body, text } = await bellwire.call('GET', `${path}/${rest}`)
    return { status, text, data: (body['data'] ?? []) as Captured[] }
  }
  return {
    path,
    url,
    port: Number(new URL(url).port),
    /** Of the bin in a request's target. */
    target: new URL(url).pathname,
    get,
    captures: async (query = '') => (await get(`capture${query}`)).data,
    send: (init: RequestInit = {}, rest = '') => fetch(`${url}${rest}`, init),
  }
}
