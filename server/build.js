// Builds what is published: the types stripped by tsc, and the files that the code reads beside it.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))

rmSync(`${here}dist`, { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' })
cpSync(`${here}src/store/migrations`, `${here}dist/store/migrations`, { recursive: true })
cpSync(`${here}../web/public`, `${here}dist/web`, { recursive: true })
cpSync(`${here}../docs`, `${here}dist/docs`, { recursive: true })
