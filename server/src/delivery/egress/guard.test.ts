import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { createSender, TIMEOUTS } from '../send.ts'
import { parseAddress } from './addresses.ts'
import { EMPTY_ALLOW_LIST, parseAllowList } from './allow-list.ts'
import { createGuard, type EgressPolicy } from './guard.ts'
import { createOwnAddresses } from './own-addresses.ts'
import type { LookupFailure, Resolver } from './resolver.ts'
import { type AddressSet, parseTarget, toAddressSet } from './url.ts'

// No test in here may connect: the guard is asked at creation, and then again by a sender whose
// sockets fail the test.

type Case = {
  id: string
  url: string
  verdict: 'allow' | 'refuse'
  reason?: string
  href: string | null
  answers?: string[]
}
const file = new URL('../../../test/data/egress-urls.json', import.meta.url)
const { urls } = JSON.parse(readFileSync(file, 'utf8')) as { urls: Case[] }

const DEFAULTS: EgressPolicy = { allow: EMPTY_ALLOW_LIST, ownAddresses: () => new Set() }
const FAILED: LookupFailure = { kind: 'failed', detail: 'not_found', note: '' }

/** Answers in turn, the last one for ever; `asked` counts. */
function testResolver(...answers: (string[] | LookupFailure)[]) {
  const resolver: Resolver & { asked: number } = {
    asked: 0,
    lookup(_name: string): AddressSet | LookupFailure {
      const answer = answers[Math.min(resolver.asked, answers.length - 1)] ?? FAILED
      resolver.asked += 1
      if (!Array.isArray(answer)) return answer
      return toAddressSet(answer.map((text) => parseAddress(text)!))
    },
    close() {},
  }
  return resolver
}

/** What an attempt came to, and the addresses that it tried to reach. */
async function attempt(url: string, policy: EgressPolicy, resolver: Resolver) {
  const tried: string[] = []
  const sender = createSender({
    guard: createGuard(policy, resolver),
    openSocket: (options) => {
      if (options.lookup === undefined) tried.push(options.host!)
      else {
        options.lookup(options.host!, { all: true }, (_error, addresses) => {
          assert.ok(Array.isArray(addresses))
          tried.push(...addresses.map(({ address }) => address))
        })
      }
      throw new Error('a test must not connect')
    },
  })
  const request = { method: 'POST', url, headers: [], body: null }
  const outcome = await sender.send(request, { timeouts: TIMEOUTS })
  await sender.close()
  assert.equal(outcome.kind, 'failed')
  return { failure: outcome.kind === 'failed' ? outcome.failure : undefined, tried, outcome }
}

for (const { id, url, verdict, reason, href, answers = [] } of urls) {
  test(`${id}: ${JSON.stringify(url)} is ${verdict}${reason ? ` (${reason})` : ''}`, async () => {
    const resolver = testResolver(answers)
    const guard = createGuard(DEFAULTS, resolver)
    const refusal = await guard.checkNow(url)
    assert.equal(refusal?.reason, reason)
    assert.equal(
      guard.checkUrl(url)?.reason,
      answers.length > 0 && refusal?.learnt ? undefined : reason,
    )
    const target = parseTarget(url)
    if (href !== null) assert.equal('href' in target ? target.href : null, href)

    const { failure, tried } = await attempt(url, DEFAULTS, testResolver(answers))
    if (verdict === 'refuse') {
      assert.equal(failure?.code, 'blocked_destination')
      assert.deepEqual(tried, [])
    } else {
      assert.notEqual(failure?.code, 'blocked_destination')
      const literal = 'host' in target && target.literal ? [target.host] : answers
      assert.deepEqual(tried, literal)
    }
  })
}

const PUBLIC = '93.184.215.14'
const ANSWERS: [name: string, answers: string[]][] = [
  ['a private answer', ['10.0.0.1']],
  ['one private among public', [PUBLIC, '10.0.0.1']],
  ['A public and AAAA loopback', [PUBLIC, '::1']],
  ['AAAA only, unique local', ['fd00::1']],
  ['a mapped private address', ['::ffff:10.0.0.1']],
  ['NAT64 around a private address', ['64:ff9b::a00:1']],
  ['NAT64 around it in mixed notation', ['64:ff9b::10.0.0.1']],
  ['metadata', ['169.254.169.254']],
  ['a thousand addresses', Array.from({ length: 1_000 }, (_, i) => `93.184.${i >> 8}.${i & 255}`)],
]
for (const [name, answers] of ANSWERS) {
  test(`${name} refuses the whole answer, and says nothing of it`, async () => {
    const url = 'https://hooks.example.com/in'
    const refusal = await createGuard(DEFAULTS, testResolver(answers)).checkNow(url)
    assert.equal(refusal?.message, 'This URL is not allowed here.')
    const { failure, tried, outcome } = await attempt(url, DEFAULTS, testResolver(answers))
    assert.equal(failure?.code, 'blocked_destination')
    assert.equal(failure?.message, 'This URL is not allowed here.')
    assert.equal(outcome.durationMs, 0)
    assert.deepEqual(tried, [])
  })
}

test('each attempt is judged anew, and asks once', async () => {
  const resolver = testResolver([PUBLIC], [PUBLIC], ['10.0.0.1'], [PUBLIC])
  const guard = createGuard(DEFAULTS, resolver)
  assert.equal(await guard.checkNow('https://a.example.com/'), null)
  const codes: (string | undefined)[] = []
  for (let i = 0; i < 3; i++) {
    codes.push((await attempt('https://a.example.com/', DEFAULTS, resolver)).failure?.code)
    assert.equal(resolver.asked, i + 2)
  }
  assert.equal(codes[1], 'blocked_destination')
  assert.notEqual(codes[0], 'blocked_destination')
  assert.notEqual(codes[2], 'blocked_destination')
})

test('a name that does not resolve passes creation and fails the attempt', async () => {
  for (const detail of ['not_found', 'no_address', 'unavailable'] as const) {
    const resolver = testResolver({ kind: 'failed', detail, note: 'x' })
    assert.equal(await createGuard(DEFAULTS, resolver).checkNow('https://new.example.com/'), null)
    const { failure } = await attempt('https://new.example.com/', DEFAULTS, resolver)
    assert.equal(failure?.code, 'dns_failure')
    assert.equal(failure?.message, 'The host name new.example.com could not be resolved.')
  }
})

test('a resolver that says nothing at all is trouble of ours', async () => {
  const resolver = testResolver({ kind: 'failed', detail: 'resolver_down', note: 'x' })
  const { failure } = await attempt('https://new.example.com/', DEFAULTS, resolver)
  assert.equal(failure?.code, 'local_failure')
})

function refusalOf(url: string, policy: Partial<EgressPolicy>, answers: string[] = []) {
  const resolver = testResolver(answers)
  return createGuard({ ...DEFAULTS, ...policy }, resolver).checkNow(url)
}

const LISTED: [url: string, allow: string, answers: string[], reason: string | undefined][] = [
  ['http://10.1.2.3/', '10.1.2.3/32', [], undefined],
  ['http://10.1.2.4/', '10.1.2.3/32', [], 'address'],
  ['http://10.1.2.3:25/', '10.1.2.3/32', [], undefined],
  ['http://10.1.2.3:8080/', '10.1.2.3/32:8443', [], 'address'],
  ['http://10.1.2.3:8443/', '10.1.2.3/32:8443', [], undefined],
  ['http://[64:ff9b::a01:203]/', '10.1.2.3/32', [], undefined],
  ['http://[::ffff:10.1.2.3]/', '10.1.2.3/32', [], 'address'],
  ['http://100.100.100.200/', '100.64.0.0/10', [], 'address'],
  ['http://[fd00:ec2::254]/', 'fd00::/8', [], 'address'],
  ['http://metadata.google.internal/', '10.0.0.0/8', ['10.0.0.1'], 'name'],
  ['http://a.example.com/', '10.1.2.3/32', ['10.1.2.3'], undefined],
  ['http://a.example.com/', '10.1.2.3/32', ['10.1.2.4'], 'address'],
  ['http://a.example.com/', '10.1.2.3/32', ['10.1.2.3', PUBLIC], undefined],
  ['http://git.corp/', '10.0.0.0/8', ['10.1.2.3'], undefined],
  ['http://git.corp/', '10.0.0.0/8', ['10.1.2.3', PUBLIC], 'address'],
  ['http://git/', '10.0.0.0/8', ['10.1.2.3'], undefined],
  ['http://a.example.com:25/', '10.0.0.0/8:25', ['10.1.2.3'], undefined],
  ['http://a.example.com:25/', '10.0.0.0/8:25', [PUBLIC], 'address'],
  ['http://a.example.com:25/', '10.0.0.0/8:26', [PUBLIC], 'port'],
  ['http://10.1.2.3:0/', '10.0.0.0/8', [], 'port'],
  ['http://10.1.2.3:0/', '127.0.0.0/8', [], 'address'],
  ['http://8.8.8.8:0/', '127.0.0.0/8', [], 'port'],
  ['http://a.example.com:0/', '10.0.0.0/8', ['10.1.2.3'], 'port'],
  ['http://localhost:0/', '127.0.0.0/8', [], 'port'],
  ['http://localhost:3000/hook', '127.0.0.0/8 ::1/128', [], undefined],
  ['http://app.localhost:3000/', '127.0.0.0/8', [], undefined],
  ['http://localhost/', '10.0.0.0/8', [], 'name'],
]
for (const [url, allow, answers, reason] of LISTED) {
  test(`${url} with ${allow} allowed${answers.length ? `, being ${answers}` : ''}: ${reason ?? 'passes'}`, async () => {
    const refusal = await refusalOf(url, { allow: parseAllowList(allow) }, answers)
    assert.equal(refusal?.reason, reason)
  })
}

test('localhost means this machine and is never asked of DNS', async () => {
  const policy = { ...DEFAULTS, allow: parseAllowList('127.0.0.0/8 ::1/128') }
  const resolver = testResolver([PUBLIC])
  const { tried } = await attempt('http://x.localhost:3000/', policy, resolver)
  assert.equal(resolver.asked, 0)
  assert.deepEqual(tried, ['127.0.0.1', '::1'])
})

test('names that can be no name are refused whatever is allowed', async () => {
  const long = `${'a.'.repeat(130)}com`
  for (const host of ['a..b.com', '.a.com', `${'a'.repeat(64)}.com`, long, 'a.com..']) {
    const refusal = await refusalOf(`http://${host}/`, { allow: parseAllowList('10.0.0.0/8') }, [
      '10.0.0.1',
    ])
    assert.equal(refusal?.reason, 'name', host)
  }
  assert.equal((await refusalOf('http://127.0.0.1../', {}))?.reason, 'address')
})

test('special-use names are refused without asking while nothing is allowed', () => {
  for (const host of [
    'db',
    'a.local',
    'a.internal',
    'a.home',
    '1.0.0.10.in-addr.arpa',
    'x.onion',
  ]) {
    const guard = createGuard(DEFAULTS, testResolver([PUBLIC]))
    assert.equal(guard.checkUrl(`http://${host}/`)?.reason, 'name', host)
  }
})

test('https only refuses http', async () => {
  assert.equal((await refusalOf('http://8.8.8.8/', { httpsOnly: true }))?.reason, 'scheme')
  assert.equal(await refusalOf('https://8.8.8.8/', { httpsOnly: true }), null)
})

test('a declared NAT64 prefix is looked through', async () => {
  const nat64 = [{ family: 6 as const, bytes: parseAddress('2606:64::')!.bytes, bits: 96 }]
  assert.equal((await refusalOf('http://[2606:64::a00:1]/', { nat64 }))?.reason, 'address')
  assert.equal(await refusalOf('http://[2606:64::808:808]/', { nat64 }), null)
  assert.equal(await refusalOf('http://[2606:64::a00:1]/', {}), null)
})

test('an own public address is refused, and follows the interfaces', async () => {
  let now = 0
  let own = PUBLIC
  const ownAddresses = createOwnAddresses(
    () => now,
    () => ({ eth0: [{ address: own } as never] }),
  )
  assert.equal((await refusalOf(`http://${PUBLIC}/`, { ownAddresses }))?.reason, 'address')
  own = '93.184.215.15'
  now = 29_999
  assert.equal((await refusalOf(`http://${PUBLIC}/`, { ownAddresses }))?.reason, 'address')
  now = 30_000
  assert.equal(await refusalOf(`http://${PUBLIC}/`, { ownAddresses }), null)
})

test('own listeners are refused even where the allow list holds them', async () => {
  const policy = {
    allow: parseAllowList('127.0.0.0/8'),
    ownListeners: (_address: string, port: number, path: string) =>
      port === 8400 && !path.startsWith('/in/'),
  }
  assert.equal((await refusalOf('http://127.0.0.1:8400/api', policy))?.reason, 'address')
  assert.equal(await refusalOf('http://127.0.0.1:8400/in/token', policy), null)
  assert.equal(await refusalOf('http://127.0.0.1:8401/api', policy), null)
})
