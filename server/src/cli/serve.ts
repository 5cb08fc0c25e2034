import { type Config, readConfig, SETTINGS } from '../config.ts'
import { createTelemetry, type Telemetry } from '../telemetry.ts'
import { VERSION } from '../version.ts'
import { type Database, freeWhatIsLeft, openDatabase } from './database.ts'
import { CommandError } from './failures.ts'
import { metricsOfAll } from './process-metrics.ts'
import {
  connectionFromFirst,
  isOneOfSeveral,
  leave,
  startProcesses,
  tellReady,
} from './processes.ts'
import { type Running, runUntilSignal } from './run-until-signal.ts'
import { findMainSecret } from './secrets.ts'

export function serve(): Promise<void> {
  return runUntilSignal(isOneOfSeveral() ? startOneOfSeveral : start)
}

async function start(): Promise<Running> {
  const config = readConfig()
  const telemetry = createTelemetry({ level: config.logLevel })
  const mainSecret = await needMainSecret(config)
  const database = await openDatabase(config, (line, details) =>
    telemetry.log.info({ ...details }, line),
  )
  try {
    const parts = { config, mainSecret, telemetry, database }
    const { url, stop, abandon } =
      config.processes === 1 ? await startAlone(parts) : await startSeveral(parts)
    const { role, processes } = config
    telemetry.log.info({ event: 'server.ready', url, version: VERSION, role, processes })
    return {
      stopping: (signal) =>
        telemetry.log.info({
          event: 'server.stopping',
          signal,
          graceSeconds: config.shutdownGrace,
        }),
      async stop() {
        await stop()
        await database.stop()
        telemetry.log.info({ event: 'server.stopped' })
      },
      async abandon() {
        await abandon()
        await database.stop()
      },
    }
  } catch (error) {
    await database.stop()
    throw error
  }
}

type Parts = { config: Config; mainSecret: string; telemetry: Telemetry; database: Database }

async function startAlone({ config, mainSecret, telemetry, database }: Parts) {
  const { connection, alone } = database
  const { startApp } = await loadApp()
  const app = await startApp({ config, connection, alone, mainSecret, telemetry })
  return { url: app.url, stop: () => app.stop(), async abandon() {} }
}

async function startSeveral({ config, telemetry, database }: Parts) {
  const { connection, alone } = database
  if (alone) await freeWhatIsLeft(connection)
  return startProcesses({ count: config.processes, connection, telemetry })
}

async function startOneOfSeveral(): Promise<Running> {
  const config = readConfig()
  const telemetry = createTelemetry({ level: config.logLevel })
  const connection = await connectionFromFirst()
  const mainSecret = await needMainSecret(config)
  const scraped = metricsOfAll(telemetry.metrics.registry)
  const { startApp } = await loadApp()
  const app = await startApp({ config, connection, mainSecret, telemetry, scraped })
  tellReady(app.url)
  return {
    stopping() {},
    async stop() {
      await app.stop()
      leave()
    },
    async abandon() {},
  }
}

/** After the database is ours: what is refused, because another runs, is refused a second sooner. */
const loadApp = () => import('../app.ts')

async function needMainSecret(config: Config): Promise<string> {
  const mainSecret = await findMainSecret(config)
  if (mainSecret !== null) return mainSecret
  throw new CommandError(
    'BELLWIRE_MAIN_SECRET is needed: at least 32 random characters that stay the same.\nMake one: openssl rand -base64 32',
    2,
  )
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
