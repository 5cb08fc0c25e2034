// A budget per name that fills up by itself. In memory of this process: another process has its own.
export type BucketPolicy = { perSecond: number; burst: number }

export type Budget = {
  /** Whether there was one to take. */
  taken: boolean
  left: number
  /** Until there is one again; 0 when there is. */
  nextInSeconds: number
  fullInSeconds: number
}

type Bucket = { tokens: number; atMs: number }

const MAX_BUCKETS = 20_000

export type TokenBuckets = ReturnType<typeof createTokenBuckets>

export function createTokenBuckets(
  { perSecond, burst }: BucketPolicy,
  nowMs: () => number = () => performance.now(),
) {
  const buckets = new Map<string, Bucket>()

  function levelOf({ tokens, atMs }: Bucket): number {
    return Math.min(burst, tokens + ((nowMs() - atMs) / 1000) * perSecond)
  }

  /** A full bucket says no more than none does. */
  function makeRoom() {
    for (const [name, bucket] of buckets) {
      if (levelOf(bucket) === burst) buckets.delete(name)
    }
    // Looked through again at every new name otherwise.
    if (buckets.size > MAX_BUCKETS / 2) buckets.clear()
  }

  function budgetOf(level: number, taken: boolean): Budget {
    return {
      taken,
      left: Math.floor(level),
      nextInSeconds: Math.max(0, Math.ceil((1 - level) / perSecond)),
      fullInSeconds: Math.ceil((burst - level) / perSecond),
    }
  }

  return {
    /** Takes one if there is one. */
    take(name: string): Budget {
      const bucket = buckets.get(name)
      const level = bucket === undefined ? burst : levelOf(bucket)
      const taken = level >= 1
      const tokens = taken ? level - 1 : level
      if (bucket === undefined && buckets.size >= MAX_BUCKETS) makeRoom()
      buckets.set(name, { tokens, atMs: nowMs() })
      return budgetOf(tokens, taken)
    },
    /** What `take` would find; takes nothing. */
    look(name: string): Budget {
      const bucket = buckets.get(name)
      const level = bucket === undefined ? burst : levelOf(bucket)
      return budgetOf(level, level >= 1)
    },
  }
}
