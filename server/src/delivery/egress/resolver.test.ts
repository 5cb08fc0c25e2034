import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import { parseAddress } from './addresses.ts'
import { EMPTY_ALLOW_LIST } from './allow-list.ts'
import { createGuard } from './guard.ts'
import { watchNat64 } from './nat64-discovery.ts'
import { createResolver, type Resolver, type ResolverOptions } from './resolver.ts'
import { toAddressSet } from './url.ts'

type Reply = 'silence' | 'nxdomain' | 'servfail' | { addresses: string[]; ttl: number }
type Responder = { replies: Record<string, Reply>; asked: string[]; server: string }

const A = 1
const AAAA = 28

/** A name server on loopback; a name it has nothing for has no records. */
async function respond(t: TestContext, replies: Record<string, Reply>): Promise<Responder> {
  const socket = dgram.createSocket('udp4')
  const responder: Responder = { replies, asked: [], server: '' }
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const type = query.readUInt16BE(at + 1)
    const name = labels.join('.')
    responder.asked.push(`${name} ${type === A ? 'A' : 'AAAA'}`)
    const reply = replies[name] ?? { addresses: [], ttl: 0 }
    if (reply !== 'silence')
      socket.send(answerTo(query.subarray(0, at + 5), type, reply), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  responder.server = `127.0.0.1:${socket.address().port}`
  return responder
}

function answerTo(question: Buffer, type: number, reply: Exclude<Reply, 'silence'>): Buffer {
  const { addresses, ttl } = typeof reply === 'string' ? { addresses: [], ttl: 0 } : reply
  const family = type === A ? 4 : 6
  const records = addresses
    .map((text) => parseAddress(text)!)
    .filter((address) => address.family === family)
    .map(({ bytes }) => {
      const head = Buffer.alloc(12)
      head.writeUInt16BE(0xc00c, 0)
      head.writeUInt16BE(type === A ? A : AAAA, 2)
      head.writeUInt16BE(1, 4)
      head.writeUInt32BE(ttl, 6)
      head.writeUInt16BE(bytes.length, 10)
      return Buffer.concat([head, bytes])
    })
  const packet = Buffer.concat([question, ...records])
  packet.writeUInt16BE(0x8180 | (reply === 'nxdomain' ? 3 : reply === 'servfail' ? 2 : 0), 2)
  packet.writeUInt16BE(records.length, 6)
  packet.writeUInt32BE(0, 8)
  return packet
}

/** Of those who never answer; others may have to wait for a machine that is busy. */
const SHORT = { budgetMs: 300 }

function start(t: TestContext, options: ResolverOptions): Resolver {
  const resolver = createResolver({ budgetMs: 10_000, ...options })
  t.after(() => resolver.close())
  return resolver
}

const texts = async (resolver: Resolver, name: string) => {
  const answer = await resolver.lookup(name)
  return answer.kind === 'addresses' ? answer.addresses.map(({ text }) => text) : answer.detail
}

test('both families are found, mixed notation included', async (t) => {
  const { server } = await respond(t, {
    'both.test.com': { addresses: ['93.184.215.14', '2606:2800::1'], ttl: 60 },
    'odd.test.com': { addresses: ['::ffff:10.0.0.1', '64:ff9b::10.0.0.1'], ttl: 60 },
  })
  const resolver = start(t, { servers: [server] })
  assert.deepEqual(await texts(resolver, 'both.test.com'), ['93.184.215.14', '2606:2800::1'])
  const odd = await resolver.lookup('odd.test.com')
  const wanted = ['::ffff:10.0.0.1', '64:ff9b::10.0.0.1'].map((text) => parseAddress(text)!)
  assert.equal(odd.kind === 'addresses' && odd.key, toAddressSet(wanted).key)
  const guard = createGuard({ allow: EMPTY_ALLOW_LIST }, resolver)
  assert.equal((await guard.checkNow('http://odd.test.com/'))?.reason, 'address')
})

test('each way to fail has its name', async (t) => {
  const { server } = await respond(t, {
    'gone.test.com': 'nxdomain',
    'broken.test.com': 'servfail',
  })
  const resolver = start(t, { servers: [server] })
  assert.equal(await texts(resolver, 'gone.test.com'), 'not_found')
  assert.equal(await texts(resolver, 'empty.test.com'), 'no_address')
  assert.equal(await texts(resolver, 'broken.test.com'), 'unavailable')
})

test('a silent name is unavailable after the budget; others are not held up', async (t) => {
  const { server } = await respond(t, {
    'slow.test.com': 'silence',
    'fast.test.com': { addresses: ['93.184.215.14'], ttl: 60 },
  })
  const resolver = start(t, { servers: [server], budgetMs: 1_000 })
  const from = performance.now()
  let ended = 0
  const slow = Array.from({ length: 50 }, () =>
    texts(resolver, 'slow.test.com').finally(() => ended++),
  )
  assert.deepEqual(await texts(resolver, 'fast.test.com'), ['93.184.215.14'])
  assert.equal(ended, 0)
  assert.deepEqual(new Set(await Promise.all(slow)), new Set(['unavailable']))
  // One after the other they would take 50 s.
  assert.ok(performance.now() - from < 10_000)
})

test('when no name server says anything, it is our resolver that is down', async (t) => {
  const silent = await respond(t, { 'a.test.com': 'silence', localhost: 'silence' })
  const resolver = start(t, { ...SHORT, servers: [silent.server] })
  assert.equal(await texts(resolver, 'a.test.com'), 'resolver_down')
  assert.equal(silent.asked.filter((question) => question === 'localhost A').length, 1)
  const closed = start(t, { ...SHORT, servers: ['127.0.0.1:1'] })
  assert.equal(await texts(closed, 'a.test.com'), 'resolver_down')
})

test('one family in silence does not lose the other', async (t) => {
  const ask = (_name: string, family: 4 | 6) =>
    family === 4
      ? Promise.resolve([{ address: '93.184.215.14', ttl: 60 }])
      : new Promise<never>(() => {})
  const resolver = start(t, { ...SHORT, ask })
  assert.deepEqual(await texts(resolver, 'a.test.com'), ['93.184.215.14'])
})

function counting(reply: () => { address: string; ttl: number }[]) {
  const counted = {
    names: [] as string[],
    ask: async (name: string, family: 4 | 6) => {
      if (family === 6) return []
      counted.names.push(name)
      return reply()
    },
  }
  return counted
}

test('equal questions share a look-up, and a fresh answer comes at once', async (t) => {
  const counted = counting(() => [{ address: '93.184.215.14', ttl: 60 }])
  const resolver = start(t, { ask: counted.ask })
  await Promise.all(Array.from({ length: 10 }, () => resolver.lookup('a.test.com')))
  assert.equal(counted.names.length, 1)
  assert.equal(resolver.lookup('a.test.com') instanceof Promise, false)
})

const TTLS: [name: string, ttl: number | 'none', keptMs: number][] = [
  ['an answer of 10 s', 10, 10_000],
  ['an answer of 0 s', 0, 1_000],
  ['an answer of a day', 86_400, 30_000],
  ['a failure', 'none', 5_000],
]
for (const [name, ttl, keptMs] of TTLS) {
  test(`${name} is kept ${keptMs / 1_000} s`, async (t) => {
    let now = 0
    const counted = counting(() => (ttl === 'none' ? [] : [{ address: '93.184.215.14', ttl }]))
    const resolver = start(t, { ask: counted.ask, now: () => now })
    await resolver.lookup('a.test.com')
    now = keptMs - 1
    await resolver.lookup('a.test.com')
    assert.equal(counted.names.length, 1)
    now = keptMs
    await resolver.lookup('a.test.com')
    assert.equal(counted.names.length, 2)
  })
}

test('the cache is bounded: the name used longest ago is asked again', async (t) => {
  const counted = counting(() => [{ address: '93.184.215.14', ttl: 60 }])
  const resolver = start(t, { ask: counted.ask, maxNames: 2 })
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await resolver.lookup(`${name}.test.com`)
  assert.deepEqual(
    counted.names,
    ['a', 'b', 'c', 'b'].map((name) => `${name}.test.com`),
  )
})

test('an answer that flips is the one that was judged: one question per attempt', async (t) => {
  let turn = 0
  const counted = counting(() => [{ address: turn++ === 0 ? '93.184.215.14' : '10.0.0.1', ttl: 0 }])
  const resolver = start(t, { ask: counted.ask })
  const guard = createGuard({ allow: EMPTY_ALLOW_LIST }, resolver)
  assert.equal(await guard.checkNow('http://flip.test.com/'), null)
  assert.equal(counted.names.length, 1)
})

test('the NAT64 prefix of the network is found, and what it wraps is refused', async (t) => {
  const answer = { address: '2606:1:2:3::c000:aa', ttl: 60 }
  const ask = async (_name: string, family: 4 | 6) => (family === 6 ? [answer] : [])
  const resolver = start(t, { ask })
  const watch = watchNat64(resolver)
  t.after(() => watch.stop())
  const guard = createGuard({ allow: EMPTY_ALLOW_LIST, nat64: watch.prefixes }, resolver)
  assert.equal(guard.checkUrl('http://[2606:1:2:3::a00:1]/'), null)
  await watch.ready
  assert.equal(watch.prefixes.length, 1)
  assert.equal(guard.checkUrl('http://[2606:1:2:3::a00:1]/')?.reason, 'address')
  assert.equal(guard.checkUrl('http://[2606:1:2:3::808:808]/'), null)
})
