import { startApp } from '../app.ts'
import { readConfig, SETTINGS } from '../config.ts'
import { ensureApiKey } from '../store/api-keys.ts'
import { createTelemetry } from '../telemetry.ts'
import { VERSION } from '../version.ts'
import { openDatabase } from './database.ts'
import { CommandError } from './failures.ts'
import { type Running, runUntilSignal } from './run-until-signal.ts'
import { findMainSecret } from './secrets.ts'

export function serve(): Promise<void> {
  return runUntilSignal(start)
}

async function start(): Promise<Running> {
  const config = readConfig()
  const mainSecret = await findMainSecret(config)
  if (mainSecret === null) {
    throw new CommandError(
      'BELLWIRE_MAIN_SECRET is needed: at least 32 random characters that stay the same.\nMake one: openssl rand -base64 32',
      2,
    )
  }
  const telemetry = createTelemetry({ level: config.logLevel })
  const { connection, alone, stop } = await openDatabase(config, (line, details) =>
    telemetry.log.info({ ...details }, line),
  )
  const closing = [stop]
  const stopAll = async () => {
    for (const close of closing) await close()
  }
  try {
    const app = await startApp({ config, connection, alone, mainSecret, telemetry })
    closing.unshift(() => app.stop())
    const { bootstrapApiKey } = config
    if (bootstrapApiKey !== null) {
      await ensureApiKey(app.store.db, app.environmentId, 'bootstrap', bootstrapApiKey)
    }
    telemetry.log.info({ event: 'server.ready', url: app.url, version: VERSION, role: config.role })
    return {
      stopping: (signal) =>
        telemetry.log.info({
          event: 'server.stopping',
          signal,
          graceSeconds: config.shutdownGrace,
        }),
      async stop() {
        await stopAll()
        telemetry.log.info({ event: 'server.stopped' })
      },
      abandon: stop,
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

/** Every setting with its default and its sentence: the same table that is read at start. */
export function printSettings(): void {
  for (const setting of Object.values(SETTINGS)) {
    const names = [setting.variable, ...('alias' in setting ? [setting.alias] : [])].join(', ')
    console.log(`${names}${'secret' in setting ? `  (or ${setting.variable}_FILE)` : ''}`)
    console.log(`    ${setting.about}`)
    console.log(`    Default: ${setting.default}\n`)
  }
}
