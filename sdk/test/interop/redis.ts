// The store in Redis, on a real one, by the client that most people have.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisLike, redisStore } from '../../src/stores/redis.ts'
import { freePort, install, isHere } from './commands.ts'

type Client = RedisLike & {
  ping(): Promise<string>
  pttl(key: string): Promise<number>
  disconnect(): void
}

export async function withRedis(directory: string) {
  if (!isHere('redis-server', ['--version']) || !install(directory, ['ioredis'])) return
  const port = await freePort()
  const memory = ['--save', '', '--appendonly', 'no', '--dir', directory]
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', ...memory])
  const ended = new Promise((resolve) => child.once('close', resolve))
  const { Redis } = createRequire(join(directory, 'package.json'))('ioredis') as {
    Redis: new (options: object) => Client
  }
  const client = new Redis({ host: '127.0.0.1', port })
  try {
    assert.equal(await client.ping(), 'PONG')
    await assertKeepsPromises(client)
    console.log('Redis: one of 50 is fresh, leases end, what is done stays done')
  } finally {
    client.disconnect()
    child.kill('SIGKILL')
    await ended
  }
}

/** What sdk/src/stores/store.test.ts asks of the others. */
async function assertKeepsPromises(client: Client) {
  const store = redisStore(client, { keep: '2d', lease: '90s', prefix: 'interop:' })
  const owners = Array.from({ length: 50 }, (_, n) => `o${n}`)
  const states = await Promise.all(owners.map((owner) => store.reserve('a', owner, 60)))
  assert.equal(states.filter((state) => state === 'fresh').length, 1)
  assert.equal(states.filter((state) => state === 'in_progress').length, 49)

  assert.equal(await store.reserve('b', 'one', 60), 'fresh')
  await store.complete('b', 'two', 3600)
  assert.equal(await store.reserve('b', 'two', 60), 'in_progress', 'only its owner completes it')
  await store.complete('b', 'one', 3600)
  await store.fail('b', 'one')
  assert.equal(await store.reserve('b', 'two', 60), 'done')
  const left = await client.pttl('interop:b')
  assert.ok(left > 3_500_000 && left <= 3_600_000, `kept for ${left} ms`)

  assert.equal(await store.reserve('c', 'one', 60), 'fresh')
  await store.fail('c', 'one')
  assert.equal(await store.reserve('c', 'two', 60), 'fresh')

  assert.equal(await store.reserve('d', 'slow', 0.05), 'fresh')
  await sleep(200)
  assert.equal(await store.reserve('d', 'next', 60), 'fresh', 'the lease is over')
  await store.fail('d', 'slow')
  await store.complete('d', 'slow', 3600)
  assert.equal(await store.reserve('d', 'third', 60), 'in_progress')
}
