// Certificates that a provider signs with, fetched from where the request says, after the address was
// matched whole and through the guard. Those whose chain does not hold are none. Kept for an hour, so that
// a flood fetches nothing.
import type { FetchKey } from '@bellwire/sdk/verification'
import { assertChain } from './certificate-chain.ts'

const KEEP_MS = 3_600_000
/** One that cannot be had is not asked for again at once. */
const FAILED_MS = 10_000
const MAX_KEPT = 200

/** Through the egress guard: status and body of a GET, or an exception. */
export type FetchText = (url: string) => Promise<{ status: number; body: string }>

/** `roots`: in PEM, those that a certificate's chain may lead to. */
export function createFetchKey(
  fetchText: FetchText,
  { roots, clock }: { roots: readonly string[]; clock(): Date },
): FetchKey {
  const kept = new Map<string, { pem: Promise<string>; until: number }>()

  async function load(url: string): Promise<string> {
    const { status, body } = await fetchText(url)
    if (status !== 200) throw new Error(`the certificate was answered with ${status}`)
    assertChain(body, url, { roots, now: clock() })
    return body
  }

  return async (wanted) => {
    if (wanted.kind !== 'certificate') throw new Error('only certificates can be fetched')
    const { url } = wanted
    const found = kept.get(url)
    if (found !== undefined && found.until > performance.now()) return found.pem
    const pem = load(url)
    const entry = { pem, until: performance.now() + KEEP_MS }
    if (kept.size >= MAX_KEPT) kept.clear()
    kept.set(url, entry)
    pem.catch(() => {
      entry.until = performance.now() + FAILED_MS
    })
    return pem
  }
}
