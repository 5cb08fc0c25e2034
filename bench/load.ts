// The load generator, in a process of its own. One request is one message; nothing is repeated.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import {
  connectToParent,
  type FromLoad,
  type LoadPlan,
  type LoadResult,
  nowMs,
  percentile,
  type ToLoad,
} from './messages.ts'

const PAD = 'x'.repeat(930) // with the rest about 1 KB a payload
const REQUEST_TIMEOUT_MS = 60_000

const send = connectToParent<ToLoad, FromLoad>(({ plan }) => {
  run(plan).then(
    (result) => send({ kind: 'result', result }),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
send({ kind: 'ready' })

async function run(plan: LoadPlan): Promise<LoadResult> {
  const { messages, pace, applicationIds } = plan
  const pool = new Pool(plan.baseUrl, {
    connections: pace.concurrency,
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
  })
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  const post = createPost(pool, plan)
  const offer = async (seq: number, sentAt: number) => {
    const status = await post(applicationIds[seq % applicationIds.length]!, seq, sentAt)
    latencies.push(nowMs() - sentAt)
    statuses[status] = (statuses[status] ?? 0) + 1
  }

  const stopNeighbours = startNeighbours(plan, post)
  const startedAtMs = nowMs()
  if (pace.kind === 'closed') await offerClosed({ messages, lanes: pace.concurrency }, offer)
  else await offerAtRate({ messages, perSecond: pace.perSecond, startedAtMs }, offer)
  const endedAtMs = nowMs()
  await stopNeighbours()
  await pool.close()

  latencies.sort((a, b) => a - b)
  return {
    startedAtMs,
    endedAtMs,
    acceptP50Ms: percentile(latencies, 0.5),
    acceptP99Ms: percentile(latencies, 0.99),
    statuses,
  }
}

/** Messages that only make others busy; they carry no number, and whatever becomes of them is fine. */
function startNeighbours({ neighbours }: LoadPlan, post: ReturnType<typeof createPost>) {
  if (neighbours === null) return async () => {}
  const { applicationIds, perSecond } = neighbours
  let next = 0
  const underway = new Set<Promise<unknown>>()
  const timer = setInterval(() => {
    const id = applicationIds[next++ % applicationIds.length]!
    const posted = post(id, -1, 0).finally(() => underway.delete(posted))
    underway.add(posted)
  }, 1_000 / perSecond)
  return async () => {
    clearInterval(timer)
    await Promise.all(underway)
  }
}

type Offer = (seq: number, sentAt: number) => Promise<void>

/** Each lane sends its next message when the last is answered. */
async function offerClosed(
  { messages, lanes }: { messages: number; lanes: number },
  offer: Offer,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < messages) await offer(next++, nowMs())
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/**
 * A message is due at its time, whatever became of those before. Latency counts from when it was
 * due, not from when we got to it: else a stall of the system would hide in our own queue.
 */
async function offerAtRate(
  {
    messages,
    perSecond,
    startedAtMs,
  }: { messages: number; perSecond: number; startedAtMs: number },
  offer: Offer,
): Promise<void> {
  const offers: Promise<void>[] = []
  while (offers.length < messages) {
    const dueAt = startedAtMs + (offers.length * 1000) / perSecond
    if (dueAt > nowMs()) await sleep(1)
    else offers.push(offer(offers.length, dueAt))
  }
  await Promise.all(offers)
}

function createPost(pool: Pool, { token }: LoadPlan) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return async (applicationId: string, seq: number, sentAt: number): Promise<string> => {
    const path = `/api/v1/app/${applicationId}/msg`
    const payload = `{"seq":${seq},"sentAt":${sentAt},"pad":"${PAD}"}`
    const body = `{"eventType":"bench.message","payload":${payload}}`
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body })
      await answer.body.dump()
      return String(answer.statusCode)
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
  }
}
