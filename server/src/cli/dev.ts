import type { App } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { ensureStartKey } from '../start-key.ts'
import { findApiKey, hasApiKeys, newToken } from '../store/api-keys.ts'
import { createTelemetry } from '../telemetry.ts'
import { openDatabase } from './database.ts'
import { seedDemo } from './demo.ts'
import { startDemoReceiver } from './demo-receiver.ts'
import { printFailedAttempt, printWelcome } from './dev-welcome.ts'
import { type Running, runUntilSignal } from './run-until-signal.ts'
import { ensureMainSecret, keepDevApiKey, readDevApiKey } from './secrets.ts'

/** What `dev` may deliver to besides the public internet. */
const LOOPBACK = '127.0.0.0/8,::1/128'

export function dev(): Promise<void> {
  return runUntilSignal(start)
}

async function start(): Promise<Running> {
  const config = readConfig(undefined, { BELLWIRE_EGRESS_ALLOW: LOOPBACK })
  const telemetry = createTelemetry({
    level: config.logLevel === 'info' ? 'warn' : config.logLevel,
    onFailedAttempt: printFailedAttempt,
  })
  if (config.databaseUrl === null) console.log(`Starting PostgreSQL 18 in ${config.dataDir} …`)
  const mainSecret = await ensureMainSecret(config)
  const { connection, alone, stop } = await openDatabase(config, (line, details) =>
    telemetry.log.info({ ...details }, line),
  )
  const closing = [stop]
  const stopAll = async () => {
    for (const close of closing) await close()
  }
  try {
    const { startApp } = await import('../app.ts')
    const app = await startApp({ config, connection, alone, mainSecret, telemetry })
    closing.unshift(() => app.stop())
    const key = await ensureDevKey(app, config)
    const receiver = await startDemoReceiver(Number(new URL(app.url).port) + 1)
    if (receiver !== null) closing.push(() => receiver.stop())
    const receiverUrl = receiver?.url ?? null
    const secret = await seedDemo({ url: app.url, apiKey: key.token, receiverUrl })
    if (secret !== null) receiver?.expect(secret)
    printWelcome({ url: app.url, config, key, receiverUrl })
    return {
      stopping: () =>
        console.log(
          `\nStopping: attempts in flight may take ${config.shutdownGrace} s (Ctrl-C again: at once)`,
        ),
      async stop() {
        await stopAll()
        console.log('Stopped.')
      },
      abandon: stop,
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

/** `isKept`: in the data directory, where commands find it. */
export type DevKey = { token: string | null; isNew: boolean; isKept: boolean }

/** The first start makes a key; later ones know it from the data directory, if it is still there. */
async function ensureDevKey(app: App, config: Config): Promise<DevKey> {
  const { store, environmentId } = app
  const { bootstrapApiKey, dataDir } = config
  const isFirst = !(await hasApiKeys(store.db, environmentId))
  if (bootstrapApiKey !== null) {
    return { token: bootstrapApiKey, isNew: false, isKept: false }
  }
  const kept = await readDevApiKey(dataDir)
  if (!isFirst) {
    const usable = kept !== null && (await findApiKey(store.db, kept)) !== null
    return { token: usable ? kept : null, isNew: false, isKept: true }
  }
  // Kept before it is made: killed between the two, the next start makes this very key.
  const token = kept ?? newToken()
  await keepDevApiKey(dataDir, token)
  await ensureStartKey(app, { name: 'dev', token })
  return { token, isNew: true, isKept: true }
}
