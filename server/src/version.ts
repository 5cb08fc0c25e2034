import { readFileSync } from 'node:fs'

/** Of the package: in the clone and in the build alike it lies one folder up. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version
