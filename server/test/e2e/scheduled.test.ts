// A message that is to be sent later, across a restart; and a batch on its way to receivers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { connect } from '../../src/store/connect.ts'
import { attachEmbedded } from '../../src/store/embedded/attach.ts'
import { newDataDir, startServer } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import { never, until } from '../until.ts'

const receiver = await startReceiver()
const dataDir = await newDataDir()
const env = { BELLWIRE_DATA_DIR: dataDir }

test('nothing is sent before its time, which outlives kill -9, and then it is', async () => {
  let server = await startServer(env)
  const svix = () => new Svix(server.token, { serverUrl: server.url })
  const { id: app } = await svix().application.create({ name: 'app' })
  const { id: endpoint } = await svix().endpoint.create(app, { url: receiver.url })
  const deliverAt = new Date(Date.now() + 60_000)
  const { id } = await svix().message.create(app, { eventType: 'a', payload: {}, deliverAt })
  const now = await svix().message.create(app, { eventType: 'at.once', payload: {} })
  // Killed before it is recorded, the server would rightly send it again.
  await until('the other one has arrived', async () => {
    const { data } = await svix().messageAttempt.listByMsg(app, now.id)
    return data[0]?.status === 0
  })

  // The other one may come twice: the server may have been killed before it had noted that it was sent.
  const arrived = () => receiver.received.some(({ headers }) => headers['webhook-id'] === id)
  await server.end()
  server = await startServer({ ...env, BELLWIRE_PORT: server.port })
  const [shown] = (await svix().messageAttempt.listAttemptedDestinations(app, id)).data
  assert.deepEqual([shown!.id, shown!.status], [endpoint, 1])
  assert.equal(shown!.nextAttempt!.getTime(), deliverAt.getTime())
  await never('it is sent before its time', arrived, 3_000)
  // The minute passes at once.
  await inDatabase(`update pending_delivery set due_at = now() + interval '5 s'`)
  await never('it is sent before its time', arrived, 1_500)
  await until('it arrives', arrived)
})

async function inDatabase(statement: string) {
  const connection = await attachEmbedded(dataDir)
  assert.ok(connection !== null, 'the database answers')
  const store = connect(connection, { onError: () => {}, poolSize: 1, hotPoolSize: 1 })
  await store.pool.query(statement).finally(() => store.close())
}

test('each message of a batch arrives in its own bytes', async () => {
  const server = await startServer({ BELLWIRE_DATA_DIR: await newDataDir() })
  const svix = new Svix(server.token, { serverUrl: server.url })
  const { id: app } = await svix.application.create({ name: 'batch' })
  await svix.endpoint.create(app, { url: `${receiver.url}/batch` })
  const payloads = Array.from({ length: 1_000 }, (_, n) => `{ "n":${n}.0, "big":9007199254740993 }`)
  const items = payloads.map((payload) => `{"eventType":"a","payload":${payload}}`)
  const answer = await fetch(`${server.url}/api/v1/app/${app}/msg/batch?with_content=false`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: `{"messages":[${items.join(',')}]}`,
  })
  assert.equal(answer.status, 202)
  const arrived = () => receiver.received.filter(({ path }) => path.endsWith('/batch'))
  await until('all arrive', () => arrived().length === 1_000, { within: 30_000 })
  assert.deepEqual(
    arrived()
      .map(({ body }) => body.toString())
      .toSorted(),
    payloads.toSorted(),
  )
})
