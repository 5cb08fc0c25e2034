// `npm run examples`: the stories one after another, each as a process of its own. With names, those.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const scriptOf = (name: string) => fileURLToPath(new URL(`${name}/run.ts`, import.meta.url))

const STORIES = readdirSync(new URL('.', import.meta.url)).filter((name) =>
  existsSync(scriptOf(name)),
)
const TAKES_AT_MOST_MS = 180_000

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STORIES.includes(name))
if (unknown.length > 0) {
  console.error(`There is no example "${unknown.join('", "')}". There are: ${STORIES.join(', ')}.`)
  process.exit(2)
}

const failed: string[] = []
let passed = 0
for (const name of STORIES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (await passes(name)) passed++
  else failed.push(name)
}
if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`)
console.log(`\n${passed} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1

function passes(name: string): Promise<boolean> {
  const args = ['-C', 'bellwire-source', scriptOf(name)]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal)
    child.once('close', () => process.exit(130))
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const timer = setTimeout(() => {
    console.error(`${name} took longer than ${TAKES_AT_MOST_MS / 1000} s`)
    child.kill('SIGTERM')
  }, TAKES_AT_MOST_MS)
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer)
      process.off('SIGINT', stop).off('SIGTERM', stop)
      resolve(code === 0)
    })
  })
}
