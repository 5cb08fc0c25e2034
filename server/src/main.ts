// Process entry: arguments → command → exit code. The process ends because nothing is left to do.
import { run } from './cli/program.ts'
import { holdYoungGeneration } from './young-generation.ts'

holdYoungGeneration()
process.exitCode = await run(process.argv.slice(2))
