// npm run vectors -- FILE
// Starts a server with a database of its own, sends every vector of the file through its door, prints a
// line for each that came out otherwise, and closes with how many did and did not.
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { startEmbedded } from '../../src/store/embedded/start.ts'
import { createTelemetry } from '../../src/telemetry.ts'
import { createStage, type Live, runVector } from './live.ts'
import { toVectors } from './vector.ts'

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: npm run vectors -- FILE')
  process.exitCode = 2
} else {
  const failed = await runFile(file)
  process.exitCode = failed === 0 ? 0 : 1
}

async function runFile(path: string): Promise<number> {
  const vectors = toVectors(await readFile(path, 'utf8'))
  const stage = createStage()
  await using server = await startServer(stage)
  let failed = 0
  for (const vector of vectors) {
    const problem = await runVector(vector, server.live, stage).catch((error) => String(error))
    if (problem === null) continue
    failed++
    console.log(`${vector.id}: ${problem}${vector.note === undefined ? '' : ` (${vector.note})`}`)
  }
  console.log(`${vectors.length - failed} passed, ${failed} failed`)
  return failed
}

async function startServer(stage: ReturnType<typeof createStage>) {
  const folder = await mkdtemp(join(tmpdir(), 'bellwire-vectors-'))
  // As root, the database runs as another user, who must be able to pass.
  await chmod(folder, 0o711)
  const embedded = await startEmbedded({ dataDir: folder, log: () => {} })
  const app = await startApp({
    config: readConfig({ BELLWIRE_PORT: '0' }, {}),
    connection: embedded.connection,
    alone: true,
    mainSecret: randomBytes(32).toString('hex'),
    telemetry: createTelemetry({ level: 'error' }),
    inbound: stage.deps,
  })
  const { token } = await createApiKey(app.store.db, app.environmentId, { name: 'vectors' })
  const call: Live['call'] = async (method, path, body) => {
    const answer = await fetch(`${app.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const { id } = (await call('POST', '/app', { name: 'vectors' })).body as { id: string }
  return {
    live: { url: app.url, call, application: id },
    async [Symbol.asyncDispose]() {
      await app.stop()
      await embedded.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
