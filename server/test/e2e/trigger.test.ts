// `bellwire trigger`: each event is one that its provider's own rules take, and says what it is named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presets } from '@bellwire/sdk/providers/all'
import { extractEvents, schemeOf, verifyScheme } from '@bellwire/sdk/verification'
import { nameOf, testEvents } from '../../src/cli/events/all.ts'
import { requestOf } from '../../src/cli/test-request.ts'
import { startBellwire } from '../harness.ts'
import { bellwire } from '../process.ts'
import { openSource } from '../provider.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const signedFor = 'https://hooks.example.com/in?a=1'

test('there are events of at least 12 providers, each with one name', () => {
  const names = testEvents.map(nameOf)
  assert.equal(new Set(names).size, names.length)
  assert.ok(new Set(testEvents.map(({ provider }) => provider)).size >= 12)
})

for (const event of testEvents) {
  test(`${nameOf(event)} verifies, has an id of its own and is refused when it is changed`, async () => {
    const preset = presets[event.provider]!
    const verdictOf = async (changes: object) => {
      const request = await requestOf(event, { secret: SECRET, signedFor, ...changes })
      const verdict = await verifyScheme(request, {
        ...{ scheme: schemeOf(preset), secrets: [SECRET], verifier: preset.verifier },
        ...{ url: request.url, now: new Date() },
      })
      return { request, verdict }
    }
    const { request, verdict } = await verdictOf({})
    assert.ok(verdict.ok, JSON.stringify(verdict))
    const scheme = schemeOf(preset)
    const idOf = async (given: typeof request) => {
      const found = await extractEvents(given, preset, {
        ...{ scheme, split: true, bodyAuthenticated: true },
      })
      assert.ok(found[0]!.type, 'it says what it is')
      return found[0]!.id
    }
    assert.notEqual(await idOf(request), await idOf((await verdictOf({})).request))
    for (const changes of [{ badSignature: true }, { unsigned: true }]) {
      assert.equal((await verdictOf(changes)).verdict.ok, false, JSON.stringify(changes))
    }
  })
}

test('a source takes what is triggered once, and refuses what is stale or signed with another secret', async () => {
  const server = await startBellwire()
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  await server.call('POST', '/app', { name: 'acme', uid: 'acme' })
  const source = await openSource(server, {
    ...{ application: 'acme', provider: 'stripe', uid: 'stripe', secrets: [{ value: 'whsec_x' }] },
  })
  const args = ['trigger', 'stripe.invoice.paid', '--source', 'stripe', '--secret', 'whsec_x']
  const set = ['--count', '2', '--set', 'data.object.total=100', '--set', 'data.object.status=due']
  const done = await bellwire([...args, ...set], env)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /^200 .*stripe\.invoice\.paid\n200 /)
  const accepted = await source.requests('?outcome=accepted')
  assert.deepEqual(
    accepted.map((request) => request['eventType']),
    ['stripe.invoice.paid', 'stripe.invoice.paid'],
  )
  const one = await server.call('GET', `/source/stripe/request/${accepted[0]!['id']}`)
  const { data } = JSON.parse(Buffer.from(String(one.body['body']), 'base64').toString('utf8'))
  assert.deepEqual([data.object.total, data.object.status], [100, 'due'])
  for (const [wrong, reason] of [
    [['--stale', '600'], 'timestamp_too_old'],
    [['--stale=-600'], 'timestamp_too_new'],
    [['--bad-signature'], 'signature_mismatch'],
    [['--unsigned'], 'signature_missing'],
  ] as const) {
    const refused = await bellwire([...args, ...wrong], env)
    assert.equal(refused.code, 1, refused.stderr)
    assert.match(refused.stdout, /^401 /)
    // Written down after the answer.
    await until(`it is noted as ${reason}`, async () => {
      const [noted] = await source.requests('?outcome=rejected')
      return noted?.['reason'] === reason
    })
  }
})

test('an event type of one’s own goes out as its schema’s first example, in its own bytes', async () => {
  const server = await startBellwire()
  const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
  const receiver = await startReceiver()
  await server.call('POST', '/app', { name: 'acme', uid: 'acme' })
  await server.call('POST', '/app/acme/endpoint', { url: receiver.url })
  const example = '{"amount": 1.00, "id": 12345678901234567890}'
  const type = `{"name":"order.made","description":"","schemas":{"1":{"examples":[${example}]}}}`
  assert.equal((await server.call('POST', '/event-type', type)).status, 201)
  await server.call('POST', '/event-type', { name: 'bare', description: '' })
  const done = await bellwire(['trigger', 'order.made', '--app', 'acme'], env)
  assert.equal(done.code, 0, done.stderr)
  await until('it is delivered', async () => (await server.pending()) === 0)
  assert.equal(receiver.received[0]!.body.toString('utf8'), example)
  const changed = ['--set', 'amount=2', '--add', 'who.name=Ann', '--unset', 'id', '--count', '2']
  const again = await bellwire(['trigger', 'order.made', '--app', 'acme', ...changed], env)
  assert.equal(again.code, 0, again.stderr)
  await until('it is delivered', async () => (await server.pending()) === 0)
  assert.deepEqual(
    receiver.received.slice(1).map(({ body }) => body.toString('utf8')),
    Array(2).fill('{"amount":2,"who":{"name":"Ann"}}'),
  )
  const bare = await bellwire(['trigger', 'bare', '--app', 'acme'], env)
  assert.deepEqual([bare.code, bare.stdout], [1, ''])
  assert.match(bare.stderr, /no JSON object among its "examples"/)
})

test('each of many goes out twice in the same bytes, with headers that were given', async () => {
  const receiver = await startReceiver()
  const args = ['--to', receiver.url, '--secret', 'x', '--count', '6', '--parallel', '3']
  const more = ['--duplicate', '--header', 'X-Own: a: b', '--header', 'content-type: text/odd']
  const done = await bellwire(['trigger', 'github.push', ...args, ...more])
  assert.equal(done.code, 0, done.stderr)
  assert.equal(receiver.received.length, 12)
  const ids = receiver.received.map(({ headers }) => headers['x-github-delivery'])
  for (const id of ids) assert.equal(ids.filter((other) => other === id).length, 2)
  const bodies = new Set(receiver.received.map(({ body }) => body.toString('hex')))
  assert.ok(bodies.size <= 6)
  for (const { headers } of receiver.received) {
    assert.deepEqual([headers['x-own'], headers['content-type']], ['a: b', 'text/odd'])
  }
})

test('--print shows a curl command with the same bytes, --list the names, and wrong usage is said', async () => {
  const to = 'http://localhost:3000/hooks'
  const printed = await bellwire(['trigger', 'github.push', '--to', to, '--secret', 'x', '--print'])
  assert.equal(printed.code, 0, printed.stderr)
  assert.match(
    printed.stdout,
    /base64 -d \| curl --globoff -X 'POST' 'http:\/\/localhost:3000\/hooks'/,
  )
  assert.match(printed.stdout, /X-Hub-Signature-256: sha256=/)
  const list = await bellwire(['trigger', '--list'])
  assert.deepEqual(list.stdout.trim().split('\n'), testEvents.map(nameOf))
  const cases: [args: string[], says: RegExp][] = [
    [['github.pull', '--to', to, '--secret', 'x'], /Of github there are github\.push/],
    [['github.push', '--secret', 'x'], /one of --to, --source, --bin and --app/],
    [['github.push', '--to', to], /--secret/],
    [['github.push', '--to', 'localhost', '--secret', 'x'], /--to: expected a URL/],
    [['github.push', '--to', to, '--secret', 'x', '--set', 'a.b=1'], /there is no a to go into/],
    [['github.push', '--to', to, '--secret', 'x', '--count', '0'], /whole number/],
    [
      ['github.push', '--to', to, '--secret', 'x', '--header', 'x'],
      /--header: expected "Name: value"/,
    ],
    [
      ['github.push', '--to', to, '--secret', 'x', '--body', '-', '--set', 'a=1'],
      /--body gives all/,
    ],
    [
      ['order.made', '--app', 'acme', '--unsigned', '--stale', '1'],
      /--stale, --unsigned: only for/,
    ],
    [['resend.email.bounced', '--to', to, '--secret', 'x'], /cannot be signed as Resend/],
  ]
  for (const [args, says] of cases) {
    const { code, stderr } = await bellwire(['trigger', ...args])
    assert.equal(code, 2, stderr)
    assert.match(stderr, says)
  }
})
