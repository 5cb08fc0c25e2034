// Payloads of a megabyte for receivers that hang: the memory they take is bounded.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Svix } from 'svix'
import { connectionUrl, testDatabase } from '../database.ts'
import { startServer } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const MIB = 1024 * 1024

test('receivers that hang on 1 MiB payloads hold 16 of them, with memory for 16', async (t) => {
  const { connection } = await testDatabase()
  const server = await startServer({
    DATABASE_URL: connectionUrl(connection),
    BELLWIRE_LARGE_PAYLOAD_BYTES: String(16 * MIB),
    BELLWIRE_RETRY_SCHEDULE: '0.05,0.05',
  })
  const svix = new Svix(server.token, { serverUrl: server.url })
  const { id: app } = await svix.application.create({ name: 'large' })
  const receiver = await startReceiver(() => 'hang')
  for (let n = 0; n < 20; n++) await svix.endpoint.create(app, { url: `${receiver.url}/${n}` })
  const { id: other } = await svix.application.create({ name: 'small' })
  await svix.endpoint.create(other, { url: `${receiver.url}/small` })

  const publish = async (to: string, payload: object) => {
    const answer = await fetch(`${server.url}/api/v1/app/${to}/msg?with_content=false`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
      body: JSON.stringify({ eventType: 'a', payload }),
    })
    assert.equal(answer.status, 202)
  }
  const before = await residentMib(server.pid)
  const text = 'x'.repeat(MIB - 20)
  for (let n = 0; n < 4; n++) await publish(app, { text })
  // Each counts a little less than a mebibyte.
  await until('as many as fit are in flight', () => receiver.open() === 16)
  await publish(other, { small: true })
  await until('what is small goes past them', () => receiver.at('/hook/small').length === 1)
  const during = await residentMib(server.pid)
  t.diagnostic(
    `${during - before} MiB more than before, 80 deliveries of 1 MiB waiting or in flight`,
  )
  assert.ok(receiver.mostOpen() <= 17, `${receiver.mostOpen()} at once`)

  receiver.react(() => ({}))
  const last = new Set<string>()
  await until(
    'all arrive',
    () => {
      for (const { path, headers, body } of receiver.received.splice(0)) {
        if (body.length > MIB / 2) last.add(`${path} ${headers['webhook-id']}`)
      }
      return last.size === 80
    },
    { within: 120_000 },
  )
})

async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024)
}
