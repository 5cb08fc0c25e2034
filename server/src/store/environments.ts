import { type EnvironmentId, newUuid, toId } from '../domain/ids.ts'
import type { Pool } from './connect.ts'

const LOCK = 7_203_114_023

/** The environment that everything belongs to until there are more; made at the first start. */
export async function ensureDefaultEnvironment(pool: Pool): Promise<EnvironmentId> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    const { rows } = await client.query<{ id: string }>(
      `with made as (
         insert into environment (id, name)
         select $1, 'default' where not exists (select from environment)
         returning id
       )
       select id from made union all (select id from environment order by id limit 1)`,
      [newUuid()],
    )
    await client.query('commit')
    return toId('environment', rows[0]!.id)
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}
