import { after } from 'node:test'
import { type Connection, connect, type Store } from '../src/store/connect.ts'

export const TEMPLATE = 'bellwire_template'

let count = 0

/** A clone of the migrated template: a database of its own, dropped when the test file ends. */
export async function testDatabase(): Promise<Store & { connection: Connection }> {
  const name = `test_${process.pid}_${++count}`
  await onServer(`create database ${name} template ${TEMPLATE}`)
  const connection = databaseConnection(name)
  const store = connect(connection, { onError: () => {} })
  after(async () => {
    await store.close()
    await onServer(`drop database ${name} with (force)`)
  })
  return { ...store, connection }
}

/** How to reach a database of the run's server. */
export function databaseConnection(database: string): Connection {
  const server: Connection = JSON.parse(process.env.BELLWIRE_TEST_SERVER!)
  if (typeof server !== 'string') return { ...server, database }
  const url = new URL(server)
  url.pathname = database
  return url.href
}

export function connectionUrl(connection: Connection): string {
  if (typeof connection === 'string') return connection
  const { host, port, user, password, database } = connection
  const url = new URL(`postgres://localhost/${database}`)
  url.username = user
  url.password = password
  url.port = String(port)
  url.searchParams.set('host', host)
  return url.href
}

async function onServer(statement: string): Promise<void> {
  const server = connect(JSON.parse(process.env.BELLWIRE_TEST_SERVER!), {
    onError: () => {},
    poolSize: 1,
  })
  try {
    // A clone of the template needs it to be free of connections: another file may be cloning.
    for (let attempt = 0; ; attempt++) {
      try {
        await server.pool.query(statement)
        return
      } catch (error) {
        if ((error as { code?: string }).code !== '55006' || attempt >= 100) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  } finally {
    await server.close()
  }
}
