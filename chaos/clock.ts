// Loaded into a server before anything else: its clock is off by the milliseconds that a file says,
// read again at SIGUSR2. Monotonic time is left alone, as it is when somebody sets a clock.
import { readFileSync } from 'node:fs'

const RealDate = Date
const file = process.env['CHAOS_CLOCK_FILE']
if (file === undefined) throw new Error('CHAOS_CLOCK_FILE is not set')
let offsetMs = 0
const read = () => {
  offsetMs = Number(readFileSync(file, 'utf8'))
}
read()
process.on('SIGUSR2', read)

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given) =>
    given.length === 0
      ? new target(target.now() + offsetMs)
      : Reflect.construct(target, given, target),
  get: (target, name) =>
    name === 'now' ? () => target.now() + offsetMs : Reflect.get(target, name, target),
})
