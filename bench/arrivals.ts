import { nowMs, percentile, type SinkReport } from './messages.ts'

/**
 * The books of one measurement: which of `messages` sequence numbers came to each of `fanOut`
 * endpoints (`/0`, `/1`, …), when, how often.
 */
export function createArrivals({ messages, fanOut }: { messages: number; fanOut: number }) {
  const latencies = new Float64Array(messages * fanOut).fill(Number.NaN)
  const ids = new Set<string>()
  let received = 0
  let duplicates = 0
  let doubled = 0
  let malformed = 0
  let lastArrivalMs = Number.NaN

  return {
    /** Distinct deliveries so far. */
    received: () => received,
    recordMalformed() {
      malformed++
    },
    record({ path, id: messageId, body }: { path: string; id: string; body: string }) {
      const { seq, sentAt } = readPayload(body)
      const endpoint = Number(path.slice(1))
      const at = seq < 0 || seq >= messages ? -1 : endpoint * messages + seq
      const id = `${endpoint} ${messageId}`
      const known = latencies[at]
      if (known === undefined) {
        malformed++
      } else if (ids.has(id)) {
        duplicates++
      } else if (!Number.isNaN(known)) {
        doubled++
      } else {
        lastArrivalMs = nowMs()
        latencies[at] = lastArrivalMs - sentAt
        received++
      }
      ids.add(id)
    },
    report(): SinkReport {
      const sorted = latencies.filter((latency) => !Number.isNaN(latency)).sort()
      const isLost = (at: number) => Number.isNaN(latencies[at])
      const lostSequences = [...latencies.keys()].filter(isLost).map((at) => at % messages)
      return {
        received,
        lost: lostSequences.length,
        lostSequences: lostSequences.slice(0, 10),
        duplicates,
        doubled,
        malformed,
        lastArrivalMs,
        endToEndP50Ms: percentile(sorted, 0.5),
        endToEndP99Ms: percentile(sorted, 0.99),
      }
    },
  }
}

function readPayload(body: string): { seq: number; sentAt: number } {
  try {
    const { seq, sentAt } = JSON.parse(body) as { seq?: unknown; sentAt?: unknown }
    if (typeof seq === 'number' && typeof sentAt === 'number') return { seq, sentAt }
  } catch {
    // Counted as malformed, like JSON without the two numbers.
  }
  return { seq: -1, sentAt: 0 }
}
