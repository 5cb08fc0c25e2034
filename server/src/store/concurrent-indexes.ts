// Indexes over tables that grow, built while messages come in: `create index` alone would keep writers out
// until it has read all of the table. PostgreSQL does that outside of a transaction and in several steps,
// so what was left half done by a crash is found and done again. A partitioned table has no such command:
// its partitions are done one by one, and new ones get the index from the start.
import type { PoolClient } from 'pg'
import { hasCode } from './errors.ts'

export type ConcurrentStep =
  | { kind: 'create'; unique: string; index: string; table: string; rest: string }
  | { kind: 'drop'; index: string }

const CREATE = /^create (unique )?index concurrently (\w+)\s+on (\w+)\s([\s\S]+)$/i
const DROP = /^drop index concurrently if exists (\w+)$/i

/** Throws for whatever is neither; all else belongs into a migration that is a transaction. */
export function parseConcurrentSteps(sql: string): ConcurrentStep[] {
  const statements = sql
    .replace(/^\s*--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
  return statements
    .filter((statement) => statement !== '')
    .map((statement) => {
      const [, unique = '', index, table, rest] = CREATE.exec(statement) ?? []
      if (index !== undefined) return { kind: 'create', unique, index, table: table!, rest: rest! }
      const [, dropped] = DROP.exec(statement) ?? []
      if (dropped !== undefined) return { kind: 'drop', index: dropped }
      throw new Error(
        `expected "create [unique] index concurrently NAME on TABLE …" or "drop index concurrently if exists NAME", got "${statement.slice(0, 80)}"`,
      )
    })
}

type Query = (sql: string, lock?: 'patient' | 'brief') => Promise<Record<string, unknown>[]>

/**
 * On a connection whose statements have no time limit. May be repeated: after a crash, or when it did not
 * get one of its brief locks in time (55P03).
 */
export async function takeConcurrentStep(client: PoolClient, step: ConcurrentStep, timing: Timing) {
  const query: Query = async (text, lock = 'patient') => {
    // What waits briefly holds nobody up for long; what builds waits for others' transactions, and
    // stops nobody meanwhile.
    await client.query(`set lock_timeout = ${lock === 'brief' ? timing.lockMs : 0}`)
    // `pg` knows this option of a query, its types do not.
    const patient = { text, query_timeout: timing.patienceMs }
    return (await client.query(patient)).rows
  }
  if (step.kind === 'drop') {
    await query(`drop index concurrently if exists ${step.index}`)
    return
  }
  const [found] = await query(
    `select relkind = 'p' as partitioned from pg_class where oid = '${step.table}'::regclass`,
  )
  if (found!['partitioned']) await onEachPartition(query, step)
  else await build(query, step)
}

type Create = Extract<ConcurrentStep, { kind: 'create' }>
type Timing = { lockMs: number; patienceMs: number }

async function build(query: Query, { unique, index, table, rest }: Create) {
  const [left] = await query(
    `select indisvalid as valid from pg_index where indexrelid = to_regclass('${index}')`,
  )
  if (left?.['valid']) return
  if (left !== undefined) await query(`drop index concurrently ${index}`)
  await query(`create ${unique}index concurrently ${index} on ${table} ${rest}`)
}

async function onEachPartition(query: Query, step: Create) {
  const { unique, index, table, rest } = step
  // Of the parent alone: no rows to read, and not valid until every partition has its own.
  const parent = `create ${unique}index if not exists ${index} on only ${table} ${rest}`
  await query(parent, 'brief')
  for (;;) {
    const [next] = await query(`
      select p.oid::regclass::text as name
        from pg_inherits i
        join pg_class p on p.oid = i.inhrelid
       where i.inhparent = '${table}'::regclass
         and not exists (select from pg_inherits a
                           join pg_index x on x.indexrelid = a.inhrelid
                          where a.inhparent = '${index}'::regclass and x.indrelid = p.oid)
       order by p.relname limit 1`)
    if (next === undefined) return
    const partition = String(next['name'])
    const own = `${index}${partition.slice(table.length)}`
    try {
      await build(query, { ...step, index: own, table: partition })
      await query(`alter index ${index} attach partition ${own}`, 'brief')
    } catch (error) {
      // Its time was up, and it was dropped.
      if (!hasCode(error, '42P01')) throw error
    }
  }
}
