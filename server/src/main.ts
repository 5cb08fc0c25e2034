// Process entry: arguments → command → exit code. The process ends because nothing is left to do.
import { run } from './cli/program.ts'
import { holdHeap } from './heap.ts'

holdHeap()
process.exitCode = await run(process.argv.slice(2))
