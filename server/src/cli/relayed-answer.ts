// What the local server said, brought back to who waits for it.
import { MAX_RELAYED_BYTES } from '../domain/bin.ts'
import type { Reply } from './exchange.ts'
import type { Arrived } from './local-request.ts'
import { ask, type Server } from './server-client.ts'

/** What became of it: `late` also when another listener was first. */
export type Relay = 'relayed' | 'late' | 'lost' | null

/** As much of an answer as the API takes. */
const MAX_HEADERS = 100
const MAX_VALUE = 8_192

type Given = { bin: string; arrived: Arrived; result: Reply | string }

/** Null when nobody waits. A server that cannot be told has other senders' answers to wait for. */
export async function relay(server: Server, { bin, arrived, result }: Given): Promise<Relay> {
  if (arrived.answerBy === null) return null
  const path = `/bin/${bin}/capture/${arrived.id}/answer`
  try {
    const { relayed } = await ask<{ relayed: boolean }>(server, path, toAnswer(result))
    return relayed ? 'relayed' : 'late'
  } catch {
    return 'lost'
  }
}

function toAnswer(result: Reply | string) {
  if (typeof result === 'string') return { failure: wordOf(result) }
  const { status, headers, body } = result
  if (body.length > MAX_RELAYED_BYTES) return { failure: 'answer too large' }
  return {
    status,
    headers: headers.filter(([, value]) => value.length <= MAX_VALUE).slice(0, MAX_HEADERS),
    body: body.toString('base64'),
  }
}

const wordOf = (reason: string) => reason.replace(/[^\w .-]/g, ' ').slice(0, 64) || 'failed'
