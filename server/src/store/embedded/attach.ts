import { Client } from 'pg'
import { readPassword, SUPERUSER } from './cluster.ts'
import { layoutOf } from './layout.ts'
import { readPostmaster } from './postmaster.ts'
import { DATABASE, type Embedded } from './start.ts'

/**
 * The embedded database of a Bellwire that runs right now, for a command beside it; null when none
 * answers there. Takes no lock and starts nothing, so it must change nothing that a start decides.
 */
export async function attachEmbedded(dataDir: string): Promise<Embedded['connection'] | null> {
  const layout = layoutOf(dataDir)
  const address = (await readPostmaster(layout))?.address
  if (address === null || address === undefined) return null
  const connection = {
    ...address,
    user: SUPERUSER,
    password: await readPassword(layout),
    database: DATABASE,
    ssl: false as const,
  }
  const client = new Client({ ...connection, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return connection
  } catch {
    return null
  }
}
