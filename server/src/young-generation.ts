// V8 lets the space of young objects grow to 128 MB where a machine has the memory: most of it is
// garbage that waits to be found. A quarter of that does as well at full load (290 µs a delivery, as
// before), and is what a server beside its database can have. A flag of the command line would do; but
// it is our bin file that starts us.
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Of the sizes that it takes, each twice the one before, it stops at 32 MiB. */
const ENOUGH_BYTES = 24 * 1024 * 1024

/** V8 reads this factor each time that a collection has left much alive. */
const grow = (times: 1 | 2) => setFlagsFromString(`--semi-space-growth-factor=${times}`)

/** Before the start, whose many objects that live on would make it grow at once. */
export const holdYoungGeneration = () => grow(1)

let isBounded = false

/** Lets it grow as load asks for it, as far as is enough; again, when a full collection made it small. */
export function boundYoungGeneration() {
  if (isBounded) return
  isBounded = true
  let mayGrow: boolean | null = null
  const look = () => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    const isSmall = young !== undefined && young.space_size < ENOUGH_BYTES
    if (isSmall !== mayGrow) grow(isSmall ? 2 : 1)
    mayGrow = isSmall
  }
  look()
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] })
}
