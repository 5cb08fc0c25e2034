// Carries background tasks on, one step at a time: whatever node is free takes the next step of the
// task that has waited longest. Holds nothing between two steps, so a node may die at any moment.
import { newUuid } from '../../domain/ids.ts'
import type { Store } from '../../store/connect.ts'
import { claimTask, postponeTask, type Step, takeStep } from '../../store/task-steps.ts'
import type { Telemetry } from '../../telemetry.ts'

/** The fallback: a task that was made on another node, or whose node died, begins within this time. */
const POLL_MS = 3_000
/** A step that takes longer is safe all the same: it keeps the row locked, and locked rows are passed over. */
const LEASE_MS = 10_000

type Options = {
  store: Pick<Store, 'db'>
  telemetry: Pick<Telemetry, 'trouble' | 'bestEffort'>
  step: Step
  /** A step was taken, or given up: that may have made runs that are due. */
  stepped(): void
  pollMs?: number
  leaseMs?: number
}

export type TaskRunner = ReturnType<typeof createTaskRunner>

export function createTaskRunner(options: Options) {
  const { store, telemetry, step, stepped, pollMs = POLL_MS, leaseMs = LEASE_MS } = options
  const runner = { id: newUuid(), leaseMs }
  let timer: NodeJS.Timeout | null = null
  let working: Promise<void> | null = null
  let again = false
  let stopped = false
  /** How long to pause when nothing is due: no longer than the task that waits least. */
  let pauseMs = pollMs

  function wake() {
    if (stopped) return
    again = true
    if (timer !== null) clearTimeout(timer)
    working ??= work().finally(() => {
      working = null
      if (!stopped) timer = setTimeout(wake, pauseMs)
    })
  }

  async function work() {
    pauseMs = pollMs
    while (again && !stopped) {
      again = false
      try {
        if (await takeTurn()) again = true
      } catch (error) {
        telemetry.trouble('tasks.claim', error)
      }
    }
  }

  /** False when nothing is due. */
  async function takeTurn(): Promise<boolean> {
    const id = await claimTask(store.db, runner)
    if (id === null) return false
    try {
      const result = await takeStep(store.db, id, { runner, step })
      if (result?.status === 'running' && result.waitMs !== undefined) {
        pauseMs = Math.min(pauseMs, result.waitMs)
      }
    } catch (error) {
      telemetry.trouble('tasks.step', error)
      await telemetry.bestEffort('tasks.postpone', () => postponeTask(store.db, id, runner))
    }
    stepped()
    return true
  }

  wake()

  return {
    wake,
    /** Finishes the step in hand; the next one is anybody's. */
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await working
    },
  }
}
