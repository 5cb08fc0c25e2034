/** `work` with at most `size` of its calls under way; further ones wait for their turn, in their order. */
export function fewAtATime<Args extends unknown[], Result>(
  size: number,
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const waiting: (() => void)[] = []
  let underWay = 0
  return async (...args) => {
    if (underWay < size) underWay++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work(...args)
    } finally {
      // The place goes to the next one directly: nobody can come between.
      const next = waiting.shift()
      if (next === undefined) underWay--
      else next()
    }
  }
}
