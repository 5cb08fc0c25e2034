// JSON Schemas on a server as it runs, with the official client: refused, noted, or none of its business.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiException } from 'svix'
import { startBellwire } from '../harness.ts'
import { newDataDir, startServer } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const receiver = await startReceiver()
const { svix, call, store } = await startBellwire()
const SETTINGS = '/management/environment-settings'
const SPEC = `
openapi: 3.1.0
webhooks:
  lead.create:
    post:
      description: A lead was made
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [email]
              properties: {email: {type: string, format: email}}
`

const { id: app } = await svix.application.create({ name: 'schemas' })
await svix.endpoint.create(app, { url: receiver.url })
const send = (payload: object) => svix.message.create(app, { eventType: 'lead.create', payload })

/** The problem that the client was told of. */
async function refusal(work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof ApiException)
    assert.equal(error.code, 422)
    const { detail } = error.body as { detail: { loc: string[]; msg: string; type: string }[] }
    return detail[0]!
  }
  assert.fail('it was not refused')
}

test('event types of a YAML document: what does not fit is refused and never sent', async () => {
  const { data } = await svix.eventType.importOpenapi({ specRaw: SPEC })
  assert.deepEqual(data.modified, ['lead.create'])
  await call('PATCH', SETTINGS, { schemaPolicy: 'reject' })
  assert.deepEqual(await refusal(send({ email: 'nobody' })), {
    loc: ['body', 'payload', 'email'],
    msg: 'must match format "email", got "nobody"',
    type: 'value_error.jsonschema',
  })
  const { id } = await send({ email: 'ada@example.com' })
  await until('it arrives', () => receiver.received.length > 0)
  assert.deepEqual(
    receiver.received.map(({ headers }) => headers['webhook-id']),
    [id],
  )
})

test('a change on another node counts here within a second', async () => {
  await send({ email: 'ada@example.com' })
  // As another node does it: this one is not told.
  await store.pool.query(`update environment set settings = '{"schemaPolicy":"warn"}'`)
  const changedAt = performance.now()
  await until('it counts', () =>
    send({}).then(
      ({ id }) => id !== '',
      () => false,
    ),
  )
  assert.ok(performance.now() - changedAt < 5_000)
})

test('what is only noted is delivered, and the note is on the message', async () => {
  const before = receiver.received.length
  const { id } = await send({ email: 1 })
  await until('it arrives', () => receiver.received.length > before)
  const { body } = await call('GET', `/app/${app}/msg/${id}`)
  assert.equal(body['schemaError'], 'payload.email: expected string, got 1')
})

test('the client takes an environment out and puts it in again', async () => {
  const document = await svix.environment.export()
  assert.deepEqual(
    document.eventTypes.map(({ name }) => name),
    ['lead.create'],
  )
  await svix.environment.import({
    eventTypes: document.eventTypes.map(({ featureFlag: _, ...type }) => type),
    settings: document.settings,
  })
  assert.deepEqual((await svix.environment.export()).settings, document.settings)
})

test('a server is HTTPS-only and makes Ed25519 keys when its configuration says so', async () => {
  const env = { BELLWIRE_HTTPS_ONLY: 'true', BELLWIRE_DEFAULT_SECRET_KIND: 'ed25519' }
  const strict = await startBellwire(env)
  const { id } = await strict.svix.application.create({ name: 'strict' })
  const { loc } = await refusal(strict.svix.endpoint.create(id, { url: receiver.url }))
  assert.deepEqual(loc, ['body', 'url'])
  const made = await strict.svix.endpoint.create(id, { url: 'https://127.0.0.1:8443/' })
  assert.match((await strict.svix.endpoint.getSecret(id, made.id)).key, /^whpk_/)
  await strict.call('PATCH', SETTINGS, { enforceHttps: false })
  await strict.svix.endpoint.create(id, { url: receiver.url })
})

test('checks that never end hold up no health, no other message and no shutdown', async () => {
  const server = await startServer({ BELLWIRE_DATA_DIR: await newDataDir() })
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
  const schemas = { 1: { properties: { list: { uniqueItems: true } } } }
  const type = { name: 'endless', description: '', schemas, schemaPolicy: 'reject' }
  assert.equal((await ask('POST', '/event-type', type)).status, 201)
  const made = (await (await ask('POST', '/app', { name: 'app' })).json()) as { id: string }
  const list = Array.from({ length: 20_000 }, (_, i) => ({ i }))
  const slow = Array.from({ length: 6 }, () =>
    ask('POST', `/app/${made.id}/msg`, { eventType: 'endless', payload: { list } }),
  )
  const quick: Promise<Response>[] = []
  for (let n = 0; n < 20; n++) {
    const begun = performance.now()
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
    quick.push(ask('POST', `/app/${made.id}/msg`, { eventType: 'free', payload: {} }))
    // Each of the six would stand in the way for seconds.
    assert.ok(performance.now() - begun < 3_000)
  }
  assert.deepEqual(new Set((await Promise.all(quick)).map(({ status }) => status)), new Set([202]))
  for (const answer of await Promise.all(slow)) {
    assert.equal(answer.status, 422)
    assert.match(await answer.text(), /longer than 250 ms/)
  }
  const last = ask('POST', `/app/${made.id}/msg`, { eventType: 'endless', payload: { list } })
  last.catch(() => {})
  server.kill('SIGTERM')
  assert.equal((await server.exited).code, 0)
})
