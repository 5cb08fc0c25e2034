// Process entry: arguments → command → exit code. The process ends because nothing is left to do.
import { run } from './cli/program.ts'

process.exitCode = await run(process.argv.slice(2))
