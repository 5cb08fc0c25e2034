// One timer for all attempts in flight instead of one or two per request. A sweep compares a
// number per attempt, so ten thousand of them cost well under a millisecond.

export type Timed = {
  /** On the clock of performance.now(). */
  dueAt: number
  /** Place in the list, kept by Deadlines; -1 when not in it. */
  slot: number
  expire(now: number): void
  /** This process stood still for so long: nobody's fault but ours. */
  stoodStill(ms: number): void
}

const TICK_MS = 100
/** A sweep that comes later than this says that the whole process was late. */
const STOOD_STILL_MS = 500

export class Deadlines {
  readonly #list: Timed[] = []
  readonly #tickMs: number
  #timer: NodeJS.Timeout | null = null
  #sweptAt = 0
  #onEmpty: (() => void) | null = null

  constructor(tickMs = TICK_MS) {
    this.#tickMs = tickMs
  }

  get size(): number {
    return this.#list.length
  }

  add(timed: Timed): void {
    timed.slot = this.#list.length
    this.#list.push(timed)
    if (this.#timer !== null) return
    this.#sweptAt = performance.now()
    this.#timer = setInterval(() => this.#sweep(), this.#tickMs)
  }

  remove(timed: Timed): void {
    const { slot } = timed
    if (slot === -1) return
    timed.slot = -1
    const last = this.#list.pop()!
    if (last !== timed) {
      this.#list[slot] = last
      last.slot = slot
    }
    if (this.#list.length === 0) this.#onEmpty?.()
  }

  /** For shutting down: when the last one has ended. */
  whenEmpty(): Promise<void> {
    if (this.#list.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onEmpty = resolve
    })
  }

  // Backwards, because whoever expires is removed and the last one takes its place.
  #sweep(): void {
    const now = performance.now()
    // Frozen, swapped out or blocked: answers may be in our buffers, unread. That time does not count.
    const lateMs = now - this.#sweptAt - this.#tickMs
    this.#sweptAt = now
    if (lateMs > STOOD_STILL_MS) for (const timed of this.#list) timed.stoodStill(lateMs)
    for (let i = this.#list.length - 1; i >= 0; i--) {
      const timed = this.#list[i]
      if (timed !== undefined && timed.dueAt <= now) timed.expire(now)
    }
    if (this.#list.length > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
