import { readConfig } from '../config.ts'
import { reach } from '../store/connect.ts'
import { migrate } from '../store/migrate.ts'
import { createPartitions } from '../store/partitions.ts'
import { openDatabase } from './database.ts'

export async function migrateSchema(): Promise<void> {
  const database = await openDatabase(readConfig(), () => {})
  const { store } = await reach(database.connection, {
    onError: () => {},
    // A migration that builds indexes holds the lock on one and works on another.
    poolSize: 2,
    hotPoolSize: 1,
  })
  try {
    const ran = await migrate(store.pool)
    await createPartitions(store.pool, new Date())
    for (const name of ran) console.log(name)
    console.error(ran.length === 0 ? 'The schema is up to date.' : `${ran.length} migrations ran.`)
  } finally {
    await store.close()
    await database.stop()
  }
}
