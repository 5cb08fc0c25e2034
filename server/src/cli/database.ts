import { mkdir } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { type Connection, reach, type Store } from '../store/connect.ts'
import { attachEmbedded } from '../store/embedded/attach.ts'
import { startEmbedded } from '../store/embedded/start.ts'
import { migrate } from '../store/migrate.ts'
import { freeDeadNodes } from '../store/nodes.ts'

export type Database = {
  connection: Connection
  /** It admits one Bellwire at a time. */
  alone: boolean
  stop(): Promise<void>
}
const NOBODY = '00000000-0000-0000-0000-000000000000'

type Log = (line: string, details?: object) => void

/** The database of the configuration; an embedded one is started, and stops with `stop`. */
export async function openDatabase({ databaseUrl, dataDir }: Config, log: Log): Promise<Database> {
  if (databaseUrl !== null) return { connection: databaseUrl, alone: false, async stop() {} }
  await mkdir(dataDir, { recursive: true })
  const { connection, stop } = await startEmbedded({ dataDir, log })
  return { connection, alone: true, stop }
}

/** Before the first of several nodes starts on a database that nobody else uses. */
export async function freeWhatIsLeft(connection: Connection): Promise<void> {
  const { store } = await reach(connection, { onError: () => {}, poolSize: 2, hotPoolSize: 1 })
  try {
    await migrate(store.pool)
    await freeDeadNodes(store.pool, { silentMs: 0, except: NOBODY })
  } finally {
    await store.close()
  }
}

/** For commands beside a running server: uses its embedded database when there is one, else starts it. */
export async function withStore<Result>(
  config: Config,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const attached = config.databaseUrl === null ? await attachEmbedded(config.dataDir) : null
  const database =
    attached === null
      ? await openDatabase(config, () => {})
      : { connection: attached, async stop() {} }
  try {
    const { store } = await reach(database.connection, {
      onError: () => {},
      poolSize: 2,
      hotPoolSize: 1,
    })
    try {
      await migrate(store.pool)
      return await work(store)
    } finally {
      await store.close()
    }
  } finally {
    await database.stop()
  }
}
