// Every core operation through one of the official clients, with a receiver of its own. A process of its
// own as well, and plain JavaScript, because the old client has to work on a Node that is older than ours.
// Arguments: the package, the URL of the server, an API key.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

const [name, serverUrl, token] = process.argv.slice(2)
const isOld = name === 'svix1'
const { Svix, Webhook, ApiException } = isOld
  ? createRequire(import.meta.url)(name)
  : await import(name)
const svix = new Svix(token, { serverUrl })
const { application, endpoint, eventType, message, messageAttempt } = svix
const types = isOld ? 'filterTypes' : 'eventTypes'
const verb = isOld ? 'update' : 'upsert'
const setHeaders = isOld ? 'updateHeaders' : 'setHeaders'

const received = []
const receiver = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  received.push({ headers: request.headers, body: Buffer.concat(chunks) })
  response.writeHead(request.url === '/fails' ? 500 : 200).end('answered')
})
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${receiver.address().port}/`

async function until(what, condition) {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(20)) {
    const value = await condition()
    if (value) return value
  }
  throw new Error(`not in time: ${what}`)
}

const refused = (asked, code) =>
  assert.rejects(asked, (error) => error instanceof ApiException && error.code === code)
const ids = ({ data }) => data.map(({ id }) => id)

// Health, which takes no token. No client has a method for the ping.
await svix.health.get()
assert.equal((await fetch(`${serverUrl}/api/v1/health/ping`)).status, 204)

// Applications
const uid = `Customer_${name}.1`
const made = await application.create({ name: 'Customer', uid, metadata: { plan: 'a' } })
assert.deepEqual(await application.get(uid), made)
assert.deepEqual(await application.getOrCreate({ name: 'Another', uid }), made)
const patched = await application.patch(uid, { throttleRate: 50 })
assert.deepEqual([patched.throttleRate, patched.metadata], [50, { plan: 'a' }])
const replaced = await application[verb](uid, { name: 'Customer', uid })
assert.deepEqual([replaced.id, replaced.metadata], [made.id, {}])
assert.ok(ids(await application.list({ limit: 250 })).includes(made.id))
await refused(application.create({ name: 'Customer', uid }), 409)
const doomed = await application.create({ name: 'Doomed' })
await application.delete(doomed.id)
await refused(application.get(doomed.id), 404)
const app = made.id

// Event types
const type = `order.paid.${name}`
const schemas = { 1: { type: 'object', examples: [{ order: 1 }] } }
await eventType.create({ name: type, description: 'Paid', schemas })
assert.deepEqual((await eventType.get(type)).schemas, schemas)
assert.equal((await eventType.patch(type, { description: 'Patched' })).description, 'Patched')
assert.equal((await eventType[verb](type, { description: 'Put', schemas })).description, 'Put')
const listed = await eventType.list({ withContent: true, limit: 250 })
assert.deepEqual(listed.data.find((one) => one.name === type).schemas, schemas)

// Endpoints, their headers and secrets
const hook = await endpoint.create(app, { url, [types]: [type], uid: 'hook', version: 1 })
assert.deepEqual([hook[types], hook.disabled], [[type], false])
assert.deepEqual(await endpoint.get(app, 'hook'), hook)
assert.equal((await endpoint.patch(app, 'hook', { description: 'CRM' })).description, 'CRM')
const put = await endpoint[verb](app, 'hook', { url, uid: 'hook', version: 1, [types]: [type] })
assert.deepEqual([put.id, put.description], [hook.id, ''])
assert.deepEqual(ids(await endpoint.list(app)), [hook.id])
await endpoint[setHeaders](app, 'hook', { headers: { 'X-Set': 'a', Authorization: 'secret' } })
await endpoint.patchHeaders(app, 'hook', { headers: { 'X-Patched': 'b' } })
assert.deepEqual(await endpoint.getHeaders(app, 'hook'), {
  headers: { 'X-Set': 'a', 'X-Patched': 'b' },
  sensitive: ['Authorization'],
})
const oldKey = (await endpoint.getSecret(app, 'hook')).key
await endpoint.rotateSecret(app, 'hook', {})
const { key } = await endpoint.getSecret(app, 'hook')
assert.notEqual(key, oldKey)
const failing = await endpoint.create(app, { url: `${url}fails`, channels: ['never'], version: 1 })

// Messages
const payload = { order: 7, text: 'é "quoted"' }
const sent = await message.create(app, { eventType: type, payload, eventId: 'once', tags: ['vip'] })
await refused(message.create(app, { eventType: type, payload, eventId: 'once' }), 409)
const delivery = await until('the message arrives', () => received[0])
assert.deepEqual(JSON.parse(delivery.body), payload)
assert.deepEqual([delivery.headers['x-set'], delivery.headers['x-patched']], ['a', 'b'])
for (const secret of [key, oldKey]) {
  for (const family of ['svix-', 'webhook-']) {
    const headers = Object.fromEntries(
      Object.entries(delivery.headers).filter(([header]) => header.startsWith(family)),
    )
    assert.equal(Object.keys(headers).length, 3)
    const verified = new Webhook(secret).verify(delivery.body, headers)
    if (isOld) assert.deepEqual(verified, payload)
    const other = Buffer.concat([delivery.body, Buffer.from(' ')])
    assert.throws(() => new Webhook(secret).verify(other, headers))
  }
}
const shown = await message.get(app, 'once', { withContent: true })
assert.deepEqual([shown.id, shown.payload], [sent.id, payload])
assert.deepEqual(ids(await message.list(app, { eventTypes: [type] })), [sent.id])

// Attempts
const byEndpoint = await until('the attempt is recorded', async () => {
  const page = await messageAttempt.listByEndpoint(app, 'hook', { withContent: true })
  return page.data.length === 1 && page
})
const [attempt] = byEndpoint.data
assert.deepEqual(
  [attempt.status, attempt.statusText, attempt.responseStatusCode, attempt.response],
  [0, 'success', 200, 'answered'],
)
assert.deepEqual(ids(await messageAttempt.listByMsg(app, sent.id)), [attempt.id])
assert.equal((await messageAttempt.get(app, sent.id, attempt.id)).id, attempt.id)
assert.deepEqual(ids(await messageAttempt.listAttemptedMessages(app, 'hook')), [sent.id])
assert.deepEqual(ids(await messageAttempt.listAttemptedDestinations(app, sent.id)), [hook.id])
await messageAttempt.resend(app, sent.id, 'hook')
await until('it arrives once more', () => received[1])
await messageAttempt.expungeContent(app, sent.id, attempt.id)
const expunged = await messageAttempt.listByMsg(app, sent.id, { withContent: true })
assert.equal(expunged.data.find(({ id }) => id === attempt.id).response, 'EXPUNGED')

// Stats, examples, recovery
assert.equal((await endpoint.getStats(app, 'hook')).success, 1)
const example = await endpoint.sendExample(app, 'hook', { eventType: type })
const arrived = await until('the example arrives', () =>
  received.find(({ headers }) => headers['svix-id'] === example.id),
)
assert.equal(arrived.body.toString(), '{"order":1}')
const since = new Date(Date.now() - 3_600_000)
const task = await endpoint.recover(app, failing.id, { since })
assert.deepEqual([task.status, task.task], ['running', 'endpoint.recover'])
await message.expungeContent(app, sent.id)
assert.deepEqual((await message.get(app, sent.id, { withContent: true })).payload, {
  expired: true,
})
await refused(messageAttempt.resend(app, sent.id, 'hook'), 400)

// A customer's own token
const access = await svix.authentication.appPortalAccess(uid, {})
assert.ok(access.url.includes(access.token))
const customer = new Svix(access.token, { serverUrl })
assert.deepEqual(ids(await customer.endpoint.list(app)), [failing.id, hook.id])
await refused(customer.application.list(), 403)
await customer.authentication.logout()
await refused(customer.endpoint.list(app), 401)

await endpoint.delete(app, 'hook')
await refused(endpoint.get(app, 'hook'), 404)
await eventType.delete(type)
receiver.closeAllConnections()
receiver.close()
