// §10: upgrades.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { newNode, statusOf } from '../bellwire.ts'
import { type Fault, missing, sleep } from '../fault.ts'
import { start } from '../processes.ts'
import { newStand, sharedPostgres } from '../stand.ts'

const BIN = fileURLToPath(new URL('../../server/bin/bellwire.js', import.meta.url))
const migrate = (url: string) =>
  start(process.execPath, [BIN, 'migrate'], { env: { DATABASE_URL: url } })

/** Everything of the schema that a dump would show, in short. */
const SCHEMA = `
  select coalesce(string_agg(line, e'\\n' order by line), '') as schema from (
    select format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) as line
      from information_schema.columns where table_schema = 'public'
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
               where connamespace = 'public'::regnamespace
    union all select number || ' ' || name from migration
  ) s`

async function newDatabase() {
  const pg = await sharedPostgres()
  const name = await pg.newDatabase()
  const schema = async () => {
    const [row] = await pg.query<{ schema: string }>(name, SCHEMA)
    return createHash('sha256').update(row!.schema).digest('hex').slice(0, 12)
  }
  return { url: pg.urlOf(name), schema }
}

async function migrated(url: string) {
  const run = migrate(url)
  const { code } = await run.exited
  assert.equal(code, 0, run.err())
}

export const upgradeFaults: Fault[] = [
  missing('F90', 'migration with traffic', 'there is no release yet to come from'),
  {
    id: 'F91',
    name: 'two nodes migrate at once, ten times',
    async run() {
      const schemas = new Set<string>()
      for (let round = 0; round < 10; round++) {
        const { url, schema } = await newDatabase()
        await Promise.all([migrated(url), migrated(url)])
        schemas.add(await schema())
      }
      assert.equal(schemas.size, 1, 'the same schema each time')
      return `10 times the schema ${[...schemas]}`
    },
  },
  {
    id: 'F92',
    name: 'killed in a migration, at 20 moments',
    async run() {
      const whole = await newDatabase()
      const startedAt = performance.now()
      await migrated(whole.url)
      const tookMs = performance.now() - startedAt
      const wanted = await whole.schema()
      let cut = 0
      for (let moment = 1; moment <= 20; moment++) {
        const { url, schema } = await newDatabase()
        const killed = migrate(url)
        await sleep((tookMs * moment) / 20)
        if (killed.isRunning()) cut++
        await killed.end()
        await migrated(url)
        assert.equal(await schema(), wanted, `killed at moment ${moment}`)
      }
      return `${cut} killed while at work, each finished by the next start with the same schema`
    },
  },
  {
    id: 'F93',
    name: 'old server, newer schema',
    quick: true,
    async run(run) {
      const stand = await newStand(run)
      const { node, sql, publisher, pg, database } = stand
      await sql("insert into migration (number, name) values (9999, 'of-a-newer-release.sql')")
      const old = await newNode({ DATABASE_URL: pg.urlOf(database) })
      run.after(() => old.end())
      const launched = old.launch()
      assert.notEqual((await launched.exited).code, 0, 'it refuses')
      assert.match(old.log(), /schema 9999, this Bellwire knows \d+: start a newer Bellwire/)
      const ledger = await publisher.publish('old', { count: 100 }).done
      await stand.drained()
      assert.equal(await statusOf(`${node.url}/readyz`), 200, 'one that runs goes on')
      return `refused in words; the running one: ${await stand.audit([ledger], 0)}`
    },
  },
]
