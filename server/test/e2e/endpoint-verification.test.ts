// New URLs that have to send back a challenge before they get messages, at real receivers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { startBellwire } from '../harness.ts'
import { type Reaction, type Received, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { call, store, svix } = bellwire

const demand = async (verifyEndpointUrls: string) => {
  const { status } = await call('PATCH', '/management/environment-settings', { verifyEndpointUrls })
  assert.equal(status, 200)
}

type Challenge = { type: string; challenge: string; expiresAt: string }
const challengeOf = ({ body }: Received) => JSON.parse(body.toString()) as Challenge
const isChallenge = ({ body }: Received) => body.toString().includes('"endpoint.challenge"')
const echo = (request: Received): Reaction =>
  isChallenge(request) ? { status: 200, body: challengeOf(request).challenge } : {}

async function seed(react: (request: Received) => Reaction, more: object = {}) {
  const receiver = await startReceiver(react)
  const { id: app } = await svix.application.create({ name: 'verified' })
  const created = await call('POST', `/app/${app}/endpoint`, { url: receiver.url, ...more })
  assert.equal(created.status, 201, created.text)
  const path = `/app/${app}/endpoint/${created.body['id']}`
  const shown = async () => (await call('GET', path)).body
  return {
    ...{ app, receiver, path, created: created.body, shown },
    id: String(created.body['id']),
    verification: async () => (await call('GET', `${path}/verification`)).body,
    send: () => svix.message.create(app, { eventType: 'a.b', payload: {} }),
    challenges: () => receiver.received.filter(isChallenge),
    messages: () => receiver.received.filter((request) => !isChallenge(request)),
    enabled: () => until('it is on', async () => (await shown())['disabled'] === false),
    /** The newest challenge was not answered. */
    refused: () =>
      until('there is a problem', async () => {
        const { problem } = (await call('GET', `${path}/verification`)).body
        return problem as string | null
      }),
  }
}

/** The pause between two is over. */
const waitOver = () =>
  store.pool.query(`update endpoint_verification set asked_at = now() - interval '1 minute'`)

await demand('all')

test('a URL that sends the challenge back gets messages; the challenge is signed', async () => {
  const { created, path, enabled, challenges, messages, send, verification, id } = await seed(echo)
  assert.equal(created['disabled'], true)
  assert.equal(created['disabledReason'], 'unverified')
  const shown = await enabled()
  assert.ok(shown)
  const [asked] = challenges()
  const { body } = await call('GET', `${path}/secret`)
  new Webhook(String(body['key'])).verify(asked!.body, asked!.headers as Record<string, string>)
  assert.match(challengeOf(asked!).challenge, /^bwc_[\w-]{43}$/)
  assert.deepEqual(await verification(), {
    ...{ status: 'none', askedAt: null, expiresAt: null, problem: null },
  })
  const { id: message } = await send()
  await until('it came', () => messages().length === 1)
  assert.equal(messages()[0]!.headers['webhook-id'], message)
  const log = (await call('GET', `/audit-log?target_id=${id}`)).text
  assert.match(log, /"operation":"endpoint.verified"/)
  assert.ok(!log.includes('bwc_'))
})

test('a challenge comes back as JSON, too; with the headers of the endpoint', async () => {
  const { enabled, challenges } = await seed(
    (request) => ({
      status: 200,
      body: JSON.stringify({ challenge: challengeOf(request).challenge }),
    }),
    { headers: { 'X-Api-Key': 'k' } },
  )
  await enabled()
  assert.equal(challenges()[0]!.headers['x-api-key'], 'k')
})

test('a challenge proves itself as the endpoint asks for', async () => {
  const knows = ({ headers }: Received) => headers['authorization'] === 'Bearer let-me-in'
  const { enabled, challenges } = await seed(
    (request) => (knows(request) ? echo(request) : { status: 401 }),
    { auth: { bearer: { token: 'let-me-in' } } },
  )
  await enabled()
  assert.ok(challenges().every(knows))
})

const SILENT: Record<string, [reaction: (request: Received) => Reaction, problem: RegExp]> = {
  'that only says yes': [() => ({ status: 200, body: 'ok' }), /^The answer was 200, and its body/],
  'that sends back whatever it gets': [
    ({ body }) => ({ status: 200, body: body.toString() }),
    /^The answer was 200, and its body/,
  ],
  'that echoes with an error': [
    (request) => ({ status: 500, body: challengeOf(request).challenge }),
    /500/,
  ],
  'that hangs up': [() => 'drop', /closed the connection/],
}

for (const [name, [react, problem]] of Object.entries(SILENT)) {
  test(`a URL ${name} gets nothing, and what is sent meanwhile is not kept for it`, async () => {
    const { refused, shown, send, messages, receiver, path, enabled } = await seed(react)
    assert.match(await refused(), problem)
    await send()
    assert.equal((await shown())['disabledReason'], 'unverified')
    assert.equal(await bellwire.pending(), 0)
    assert.equal(messages().length, 0)

    receiver.react(echo)
    await waitOver()
    const again = await call('POST', `${path}/verification`)
    assert.equal(again.status, 202, again.text)
    assert.equal(again.body['status'], 'pending')
    await enabled()
    await send()
    await until('the second one came', () => messages().length === 1)
    assert.equal(messages().length, 1)
  })
}

test('challenges are not sent faster than one in ten seconds', async () => {
  const { refused, path } = await seed(() => ({}))
  await refused()
  await waitOver()
  const both = await Promise.all([1, 2].map(() => call('POST', `${path}/verification`)))
  assert.deepEqual(both.map(({ status }) => status).sort(), [202, 429])
  const late = both.find(({ status }) => status === 429)!
  assert.equal(late.headers.get('retry-after'), '10')
})

test('the challenge may be given back by hand; another one, or a late one, is not taken', async () => {
  const { refused, path, challenges, shown } = await seed(() => ({}))
  await refused()
  const { challenge } = challengeOf(challenges()[0]!)
  const answer = (given: string) =>
    call('POST', `${path}/verification/answer`, { challenge: given })
  const wrong = await answer(`${challenge}x`)
  assert.equal(wrong.status, 422)
  assert.match(wrong.text, /not the newest challenge/)
  await store.pool.query(
    `update endpoint_verification set expires_at = now() - interval '1 second'`,
  )
  assert.equal((await answer(challenge)).status, 422)
  await waitOver()
  await call('POST', `${path}/verification`)
  await until('another came', () => challenges().length === 2)
  assert.equal((await answer(challenge)).status, 422)
  assert.equal((await shown())['disabled'], true)
  assert.equal((await answer(challengeOf(challenges()[1]!).challenge)).status, 204)
  assert.equal((await shown())['disabled'], false)
})

test('another URL has to be verified anew; the old challenge does not count for it', async () => {
  const { enabled, path, shown, challenges, receiver } = await seed(echo)
  await enabled()
  receiver.react(() => ({}))
  const other = `${receiver.url}/other`
  const patched = await call('PATCH', path, { url: other })
  assert.equal(patched.body['disabledReason'], 'unverified')
  await until('it was asked', () => challenges().length === 2)
  const { challenge } = challengeOf(challenges()[1]!)
  const moved = await call('PATCH', path, { url: `${other}/2` })
  assert.equal(moved.status, 200)
  const late = await call('POST', `${path}/verification/answer`, { challenge })
  assert.equal(late.status, 422)
  assert.equal((await shown())['disabled'], true)
  assert.equal((await call('PATCH', path, { description: 'same URL' })).body['disabled'], true)
})

test('nobody switches an unverified endpoint on; what its owner wants is what it becomes', async () => {
  const { refused, path, shown, receiver } = await seed(() => ({}), { disabled: true })
  await refused()
  for (const [method, to, body] of [
    ['PATCH', path, { disabled: false }],
    ['PUT', path, { url: receiver.url }],
  ] as const) {
    const switched = await call(method, to, body)
    assert.equal(switched.status, 200, switched.text)
    assert.equal(switched.body['disabledReason'], 'unverified')
  }
  assert.equal((await call('POST', `${path}/resume`)).status, 400)
  await call('PATCH', path, { disabled: true })
  receiver.react(echo)
  await waitOver()
  await call('POST', `${path}/verification`)
  await until('it is the owner who keeps it off', async () => {
    return (await shown())['disabledReason'] === 'manual'
  })
})

test('once nobody demands it any more, it can be switched on', async () => {
  const { refused, path, verification } = await seed(() => ({}))
  await refused()
  await demand('off')
  assert.equal((await call('PATCH', path, { disabled: false })).body['disabled'], false)
  assert.equal((await verification())['status'], 'none')
  await demand('all')
})

test('operational endpoints need none, hooks only if all do, and nobody when it is off', async () => {
  const { app, receiver } = await seed(echo)
  const { url } = receiver
  const own = await call('POST', '/operational-webhook/endpoint', { url })
  assert.equal(own.body['disabled'], false)
  await svix.eventType.create({ name: 'lead.create', description: '' })
  const hook = async () => {
    const answer = await fetch(`${bellwire.url}/hooks?app_id=${app}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bellwire.token}` },
      body: JSON.stringify({ targetUrl: url, event: 'lead.create' }),
    })
    return ((await answer.json()) as { disabled: boolean }).disabled
  }
  assert.equal(await hook(), true)
  await demand('endpoints')
  assert.equal(await hook(), false)
  const endpoint = () => call('POST', `/app/${app}/endpoint`, { url })
  assert.equal((await endpoint()).body['disabled'], true)
  await demand('off')
  assert.equal((await endpoint()).body['disabled'], false)
  await demand('all')
})

test('a receiver that does not answer a challenge keeps no server from stopping', async () => {
  const beside = await startBellwire({ BELLWIRE_SHUTDOWN_GRACE: '1' }, [], bellwire.home)
  const receiver = await startReceiver(() => 'hang')
  const { id: app } = await svix.application.create({ name: 'hangs' })
  const { body } = await beside.call('POST', `/app/${app}/endpoint`, { url: receiver.url })
  await until('it was asked', () => receiver.open() === 1)
  await beside.stop()
  const path = `/app/${app}/endpoint/${body['id']}`
  const { status, problem } = (await call('GET', `${path}/verification`)).body
  assert.deepEqual({ status, problem }, { status: 'pending', problem: null })
})
