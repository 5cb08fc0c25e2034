import { nowMs, percentile, type SinkReport } from './messages.ts'

/** The books of one measurement: which of `messages` sequence numbers came, when, how often. */
export function createArrivals(messages: number) {
  const latencies = new Float64Array(messages).fill(Number.NaN)
  const ids = new Set<string>()
  let received = 0
  let duplicates = 0
  let doubled = 0
  let malformed = 0
  let lastArrivalMs = Number.NaN

  return {
    /** Distinct messages so far. */
    received: () => received,
    recordMalformed() {
      malformed++
    },
    record({ id, body }: { id: string; body: string }) {
      const { seq, sentAt } = readPayload(body)
      const known = latencies[seq]
      if (known === undefined) {
        malformed++
      } else if (ids.has(id)) {
        duplicates++
      } else if (!Number.isNaN(known)) {
        doubled++
      } else {
        lastArrivalMs = nowMs()
        latencies[seq] = lastArrivalMs - sentAt
        received++
      }
      ids.add(id)
    },
    report(): SinkReport {
      const sorted = latencies.filter((latency) => !Number.isNaN(latency)).sort()
      const lostSequences = [...latencies.keys()].filter((seq) => Number.isNaN(latencies[seq]))
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
