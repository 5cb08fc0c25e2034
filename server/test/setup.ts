// Runs once for the whole test run (`node --test --test-global-setup`): one PostgreSQL, and in it a
// migrated template database that each test file clones.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, connect } from '../src/store/connect.ts'
import { type Embedded, startEmbedded } from '../src/store/embedded/start.ts'
import { migrate } from '../src/store/migrate.ts'
import { createPartitions } from '../src/store/partitions.ts'
import { databaseConnection, TEMPLATE } from './database.ts'

let embedded: Embedded | null = null
let folder: string | null = null

export async function globalSetup() {
  const given = process.env.BELLWIRE_TEST_DATABASE_URL
  let server: Connection
  if (given !== undefined) server = given
  else {
    folder = await mkdtemp(join(tmpdir(), 'bellwire-test-'))
    await chmod(folder, 0o711)
    embedded = await startEmbedded({ dataDir: folder, log: () => {} })
    server = embedded.connection
  }
  process.env.BELLWIRE_TEST_SERVER = JSON.stringify(server)

  const maintenance = connect(server, { onError: () => {} })
  await maintenance.pool.query(`drop database if exists ${TEMPLATE}`)
  await maintenance.pool.query(`create database ${TEMPLATE}`)
  await maintenance.close()
  const template = connect(databaseConnection(TEMPLATE), { onError: () => {} })
  await migrate(template.pool)
  await createPartitions(template.pool, new Date())
  await template.close()
}

export async function globalTeardown() {
  await embedded?.stop()
  if (folder !== null) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}
