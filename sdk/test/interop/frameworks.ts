// The frameworks that there are adapters for, themselves.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install } from './commands.ts'
import { assertReceives, script } from './exchange.ts'

const SMALL = { Express: ['express'], Fastify: ['fastify'], Hono: ['hono', '@hono/node-server'] }

export async function withFrameworks(directory: string) {
  for (const [name, packages] of Object.entries(SMALL)) {
    if (!install(directory, packages)) continue
    const args = [script(directory, `serve-${name.toLowerCase()}.mjs`)]
    await assertReceives({ name, command: process.execPath, args, cwd: directory })
  }
  await withNext(directory)
}

const ROUTE = `import { toNext } from '@bellwire/sdk/adapters/next'
import { hooks } from '../../../receiving.mjs'

export const dynamic = 'force-dynamic'
`
const LAYOUT = `export default ({ children }) => <html><body>{children}</body></html>\n`

/** An app of two routes, with what the framework itself makes of requests and modules. */
async function withNext(directory: string) {
  if (!install(directory, ['next', 'react', 'react-dom'])) return
  script(directory, 'receiving.mjs')
  mkdirSync(join(directory, 'app'), { recursive: true })
  writeFileSync(join(directory, 'app', 'layout.jsx'), LAYOUT)
  for (const source of ['code', 'calls']) {
    const folder = join(directory, 'app', 'hooks', source)
    mkdirSync(folder, { recursive: true })
    const handlers = `export const { GET, POST } = toNext(hooks.source('${source}'))\n`
    writeFileSync(join(folder, 'route.js'), ROUTE + handlers)
  }
  const next = join(directory, 'node_modules', 'next', 'dist', 'bin', 'next')
  await assertReceives({
    ...{ name: 'Next', command: process.execPath, cwd: directory },
    args: [next, 'dev', '--hostname', '127.0.0.1'],
    env: { NEXT_TELEMETRY_DISABLED: '1' },
  })
}
