// What a database says of itself beside our data: it may answer and still be of no use, or lose what
// it has confirmed.
import type { PoolClient } from 'pg'
import type { Pool } from './connect.ts'
import { NEWEST } from './migrate.ts'

export type DatabaseFacts = {
  /** Its schema is what this Bellwire knows, or a newer one: who runs goes on during an upgrade. */
  migrated: boolean
  /** Nothing can be written: a standby, or an operator's will. */
  readOnly: boolean
  /** Settings that are off and without which a commit may be lost or torn in a crash. */
  unsafe: string[]
}

const NEEDED = ['fsync', 'full_page_writes', 'synchronous_commit']

export async function readDatabaseFacts(pool: Pool): Promise<DatabaseFacts> {
  const client = await pool.connect()
  let isUseful = false
  try {
    const facts = await read(client)
    isUseful = !facts.readOnly
    return facts
  } finally {
    // Another connection may lead to another server.
    client.release(!isUseful)
  }
}

async function read(client: PoolClient): Promise<DatabaseFacts> {
  const { rows } = await client.query<{ newest: number; read_only: boolean; unsafe: string[] }>(
    `select (select max(number) from migration) as newest,
            current_setting('transaction_read_only') = 'on' as read_only,
            array(select name from unnest($1::text[]) as name
                   where current_setting(name) = 'off') as unsafe`,
    [NEEDED],
  )
  const { newest, read_only: readOnly, unsafe } = rows[0]!
  return { migrated: newest >= NEWEST, readOnly, unsafe }
}
