// Templates of operators, from their code to what receivers of several customers get.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { call, svix } = bellwire
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

async function put(name: string, body: object) {
  const { status, text } = await call('PUT', `/template/${name}`, body)
  assert.ok(status < 300, text)
}

/** A customer with an endpoint that uses the template, chosen with the customer's own token. */
async function customer(template: string, parameters: object) {
  const receiver = await startReceiver()
  const { id: app } = await svix.application.create({ name: template })
  const { id } = await svix.endpoint.create(app, { url: receiver.url, secret: SECRET })
  const { token } = await svix.authentication.appPortalAccess(app, {})
  const path = `/app/${app}/endpoint/${id}/template`
  const asCustomer = async (method: string, at: string, body?: object) => {
    const answer = await fetch(`${bellwire.url}/api/v1${at}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, body: text === '' ? {} : JSON.parse(text) }
  }
  const chosen = await asCustomer('PUT', path, { name: template, parameters })
  assert.equal(chosen.status, 204, chosen.text)
  return {
    ...{ app, endpoint: id, receiver, path, asCustomer },
    send: (payload: object, more = {}) =>
      svix.message.create(app, { eventType: 'lead.create', payload, ...more }),
    bodies: () => receiver.received.map(({ body }) => body.toString()),
    done: () => until('nothing is pending', async () => (await bellwire.pending()) === 0),
  }
}

const CRM = {
  title: 'Our CRM',
  fields: [
    { name: 'token', type: 'secret', required: true },
    { name: 'list', type: 'choice', choices: ['leads', 'people'] },
    { name: 'tags', type: 'list' },
  ],
  code: `function handler(webhook) {
    const { token, list, tags } = webhook.params
    webhook.url += '/' + list
    webhook.method = 'PUT'
    webhook.headers.authorization = 'Bearer ' + token
    webhook.payload = { name: webhook.payload.name, tags, channels: webhook.channels }
    return webhook
  }`,
}

test('the code of a template gets what a customer filled in, and what it makes is signed', async () => {
  await put('crm', CRM)
  const { send, receiver, asCustomer, path, done } = await customer('crm', { token: 'canary-3' })
  const { body: listed } = await asCustomer('GET', '/template')
  assert.ok((listed.data as { name: string }[]).some(({ name }) => name === 'crm'))
  const previewed = await asCustomer('POST', `${path}/preview`, {
    ...{ name: 'crm', parameters: { token: 't', tags: ['x'] } },
    ...{ eventType: 'lead.create', payload: { name: 'Jean' } },
  })
  assert.deepEqual(previewed.body, {
    ...{ method: 'PUT', url: `${receiver.url}/leads`, cancel: false },
    headers: { 'content-type': 'application/json', authorization: 'Bearer t' },
    body: '{"name":"Jean","tags":["x"],"channels":[]}',
  })
  await send({ name: 'Jean', more: 1 }, { channels: ['c'] })
  await done()
  const [received] = receiver.received
  const { method, path: at, headers, body } = received!
  assert.deepEqual([method, at, headers.authorization], ['PUT', '/hook/leads', 'Bearer canary-3'])
  assert.equal(body.toString(), '{"name":"Jean","tags":[],"channels":["c"]}')
  new Webhook(SECRET).verify(body, headers as Record<string, string>)
  for (const table of ['endpoint_shape', 'audit_log', 'attempt']) {
    const { rows } = await bellwire.store.pool.query(`select t::text as text from ${table} t`)
    assert.ok(rows.length > 0)
    assert.ok(!JSON.stringify(rows).includes('canary-3'), table)
  }
})

test('a change counts for every customer with the next message, and so does going back', async () => {
  const says = (word: string) => ({
    code: `function handler(w) { w.payload = '${word} ' + w.payload.n; return w }`,
  })
  await put('shared', says('one'))
  const both = [await customer('shared', {}), await customer('shared', {})]
  const send = async (n: number) => {
    for (const each of both) await each.send({ n })
    await both[0]!.done()
  }
  await send(1)
  await put('shared', says('two'))
  await send(2)
  assert.equal((await call('POST', '/template/shared/rollback', { version: 1 })).status, 204)
  await send(3)
  for (const each of both) assert.deepEqual(each.bodies(), ['one 1', 'two 2', 'one 3'])
  assert.equal((await call('DELETE', '/template/shared')).status, 409)
})

test('customers of one template share nothing', async () => {
  await put('counting', {
    code: 'let n = 0; function handler(w) { w.payload = String(++n) + Object.keys(w.env); return w }',
  })
  const [a, b] = [await customer('counting', {}), await customer('counting', {})]
  for (const each of [a, b, a, b]) {
    await each.send({})
    await each.done()
  }
  // Threads have a runtime of the endpoint each: none has seen more than its own two messages.
  for (const each of [a, b]) for (const body of each.bodies()) assert.match(body, /^[12]$/)
})

test('what a template calls off says by which, and its failures are failed attempts', async () => {
  await put('picky', {
    code: 'function handler(w) { if (w.payload.n > 1) w.payload.a.b; w.cancel = true; return w }',
  })
  const { app, send, done, receiver } = await customer('picky', {})
  const { id } = await send({ n: 1 })
  const { id: broken } = await send({ n: 2 })
  await done()
  const [shown] = (await call('GET', `/app/${app}/msg/${id}/endpoint?expanded_statuses=true`)).body[
    'data'
  ] as Record<string, unknown>[]
  assert.deepEqual([shown!['statusReason'], shown!['cancelledBy']], ['cancelled', 'template picky'])
  assert.ok(Date.parse(String(shown!['finishedAt'])))
  const { body } = await call('GET', `/app/${app}/attempt/msg/${broken}`)
  const [attempt] = body['data'] as { status: number; failure: { code: string; message: string } }[]
  assert.deepEqual([attempt!.status, attempt!.failure.code], [2, 'transformation_failed'])
  assert.match(attempt!.failure.message, /^TypeError: .* \(line 1\)$/)
  assert.equal(receiver.received.length, 0)
})

test("an endpoint's own code that is on comes before the template, and a built-in one takes its place", async () => {
  await put('first', { code: 'function handler(w) { w.payload = "template"; return w }' })
  const { app, endpoint, path, send, done, bodies } = await customer('first', {})
  const transformation = `/app/${app}/endpoint/${endpoint}/transformation`
  const code = 'function handler(w) { w.payload = "own"; return w }'
  await call('PATCH', transformation, { code, enabled: true })
  await send({})
  await done()
  await call('PATCH', transformation, { enabled: false })
  await send({})
  await done()
  assert.equal((await call('PUT', path, { name: 'plain' })).status, 204)
  await send({ as: 'it is' })
  await done()
  assert.deepEqual(bodies(), ['own', 'template', '{"as":"it is"}'])
  assert.equal((await call('DELETE', '/template/first')).status, 204)
})
