import { setTimeout as sleep } from 'node:timers/promises'
import type {
  FromLoad,
  FromSink,
  LoadResult,
  Pace,
  SinkReport,
  ToLoad,
  ToSink,
} from './messages.ts'
import { forkPeer, stopProcess } from './processes.ts'
import type { System } from './systems.ts'
import { type Usage, watchUsage } from './usage.ts'

// Longer than the first retry of a failed delivery (5 s), so that it is late and not lost.
const STALLED_MS = 20_000
// After the last arrival: late duplicates, and the records of what was delivered, are still to
// come and belong to the cost.
const SETTLE_MS = 1000
const POLL_MS = 20

export type Measurement = { load: LoadResult; sink: SinkReport; usage: Usage | null }
export type Scenario = { messages: number; pace: Pace; disturbed?: boolean }

/** Load generator and sink: the same two processes' code, whatever system is between them. */
export async function startRig(signal: AbortSignal) {
  const sink = forkPeer<ToSink, FromSink>('./sink.ts', signal)
  const load = forkPeer<ToLoad, FromLoad>('./load.ts', signal)
  let received = 0
  sink.onMessage((message) => {
    if (message.kind === 'progress') received = message.received
  })
  const [port] = await Promise.all([
    sink.receive((message) => (message.kind === 'ready' ? message.port : null)),
    load.receive((message) => (message.kind === 'ready' ? true : null)),
  ])

  const arrived = async (messages: number) => {
    let best = -1
    let changedAt = performance.now()
    while (received < messages && performance.now() - changedAt < STALLED_MS) {
      if (received > best) {
        best = received
        changedAt = performance.now()
      }
      await sleep(POLL_MS, undefined, { signal })
    }
  }

  return {
    sinkUrl: `http://127.0.0.1:${port}/`,
    async measure(
      system: System,
      { messages, pace, disturbed = false }: Scenario,
    ): Promise<Measurement> {
      const { fanOut } = system
      const expecting = sink.receive((message) => (message.kind === 'expecting' ? true : null))
      sink.send({ kind: 'expect', messages, fanOut })
      await expecting
      received = 0

      const usage = watchUsage(system.watched)
      const { baseUrl, token, applicationIds } = system
      const neighbours = disturbed ? system.neighbours : null
      const loaded = load.receive((message) => (message.kind === 'result' ? message.result : null))
      load.send({
        kind: 'run',
        plan: { baseUrl, token, applicationIds, neighbours, messages, pace },
      })
      const result = await loaded
      await arrived(messages * fanOut)
      await sleep(SETTLE_MS, undefined, { signal })

      const reported = sink.receive((message) =>
        message.kind === 'report' ? message.report : null,
      )
      sink.send({ kind: 'report' })
      return { load: result, sink: await reported, usage: usage.stop() }
    },
    async stop() {
      await Promise.all([stopProcess(load.child), stopProcess(sink.child)])
    },
  }
}
