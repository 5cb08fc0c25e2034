// A process as Bellwire would be: starts the database of the data directory that it is given, tells
// on stdout what happens as a JSON object per line, and stops on SIGTERM.
import { startEmbedded } from '../src/store/embedded/start.ts'

const tell = (event: string, details: object = {}) =>
  console.log(JSON.stringify({ event, ...details }))

const dataDir = process.argv[2] ?? ''
try {
  const log = (line: string, details?: object) => tell('log', { line, details })
  const embedded = await startEmbedded({ dataDir, log })
  tell('ready', { connection: embedded.connection })
  process.once('SIGTERM', async () => {
    await embedded.stop()
    tell('stopped')
  })
} catch (error) {
  tell('failed', error instanceof Error ? { name: error.name, message: error.message } : {})
  process.exitCode = 1
}
