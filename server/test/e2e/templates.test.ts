// Each template against a receiver that checks what that service's documentation demands of a request.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { type Received, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { call, svix } = bellwire

type Sent = { message: { id: string; timestamp: Date }; received: Received }

/** Sends one message through the template and gives back what its receiver saw. */
async function sent(
  name: string,
  parameters: object,
  { payload = '{"name":"Jean","n":1.0}', path = '', type = 'lead.create' } = {},
): Promise<Sent> {
  const receiver = await startReceiver()
  const { id: app } = await svix.application.create({ name })
  const { id } = await svix.endpoint.create(app, { url: receiver.url + path })
  const at = `/app/${app}/endpoint/${id}/template`
  const put = await call('PUT', at, { name, parameters })
  assert.equal(put.status, 204, put.text)
  const { body } = await call(
    'POST',
    `/app/${app}/msg`,
    `{"eventType":"${type}","payload":${payload}}`,
  )
  await until('it came', () => receiver.received.length === 1)
  const message = { id: String(body['id']), timestamp: new Date(String(body['timestamp'])) }
  return { message, received: receiver.received[0]! }
}

const json = ({ body }: Received) => JSON.parse(body.toString())
const isJson = ({ headers, method }: Received) => {
  assert.equal(method, 'POST')
  assert.match(headers['content-type']!, /^application\/json(; charset=utf-8)?$/i)
}

test('plain: the payload in its own bytes', async () => {
  const { received } = await sent('plain', {})
  isJson(received)
  assert.equal(received.body.toString(), '{"name":"Jean","n":1.0}')
})

test('query-string: a contact list gets exactly this URL, and no body', async () => {
  const query =
    'type=add&list_id=6945740&mobile=61438333061&firstname=Brad&lastname=Down&datetime_entry=2022-11-30%2022%3A53%3A19&gender=M&email=braddown%40gmail.com&dob=18%2F12&active=Y&user_id=54911&rate=10'
  const payload = JSON.stringify({
    ...{
      type: 'add',
      list_id: 6945740,
      mobile: '61438333061',
      firstname: 'Brad',
      lastname: 'Down',
    },
    ...{ datetime_entry: '2022-11-30 22:53:19', gender: 'M', email: 'braddown@gmail.com' },
    ...{ dob: '18/12', active: 'Y', user_id: 54911, rate: 10 },
  })
  const { received } = await sent('query-string', {}, { payload })
  const { method, path, body, headers } = received
  assert.deepEqual([method, path, body.length], ['GET', `/hook?${query}`, 0])
  assert.equal(headers['content-type'], undefined)
})

test('query-string: nested names, numbers as they are spelled, chosen fields behind constants', async () => {
  const payload = '{"a":{"b":[1.0,12345678901234567890]},"t":"å&=","none":null}'
  const all = await sent('query-string', { method: 'POST' }, { payload, path: '?key=1' })
  assert.equal(
    all.received.path,
    '/hook?key=1&a.b.0=1.0&a.b.1=12345678901234567890&t=%C3%A5%26%3D&none=',
  )
  assert.equal(all.received.method, 'POST')
  const fields = ['first=payload.a.b.0', 'payload.t', 'what=type', 'x=payload.constructor']
  const some = await sent('query-string', { constants: ['v=2'], fields }, { payload })
  assert.equal(some.received.path, '/hook?v=2&first=1.0&t=%C3%A5%26%3D&what=lead.create&x=')
})

test('form: what a form parser reads is the payload', async () => {
  const { received } = await sent(
    'form',
    { constants: ['k=v'] },
    { payload: '{"a b":"c&d +","n":{"x":1}}' },
  )
  assert.equal(received.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.deepEqual(
    [...new URLSearchParams(received.body.toString())],
    [
      ['k', 'v'],
      ['a b', 'c&d +'],
      ['n.x', '1'],
    ],
  )
})

test('envelope: the secret and the payload under the names of a sales CRM', async () => {
  const secret = 'wh_a46f35f22d9723a'
  const constants = ['id_space=eb8edc65-129a-4cb6-abbe-6bf8979c0658']
  const { received } = await sent('envelope', { secret, constants })
  isJson(received)
  assert.equal(
    received.body.toString(),
    `{"id_space":"eb8edc65-129a-4cb6-abbe-6bf8979c0658","event":"lead.create","secret":"${secret}","payload":{"name":"Jean","n":1.0}}`,
  )
})

test('CloudEvents, structured: the required attributes, the data as it is', async () => {
  const source = 'https://example.com/crm'
  const { received, message } = await sent('cloudevents-structured', { source })
  assert.equal(received.headers['content-type'], 'application/cloudevents+json')
  const { time, ...event } = json(received)
  assert.deepEqual(event, {
    ...{ specversion: '1.0', id: message.id, source, type: 'lead.create' },
    ...{ datacontenttype: 'application/json', data: { name: 'Jean', n: 1 } },
  })
  assert.equal(Date.parse(time), message.timestamp.getTime())
  assert.ok(received.body.toString().endsWith('"data":{"name":"Jean","n":1.0}}'))
})

test('CloudEvents, binary: attributes in headers, percent-encoded once, the payload as the body', async () => {
  const { received, message } = await sent('cloudevents-binary', { source: '/Euro € 😀 "%"' })
  const { headers } = received
  assert.equal(headers['content-type'], 'application/json')
  assert.deepEqual(
    [
      headers['ce-specversion'],
      headers['ce-id'],
      headers['ce-type'],
      headers['ce-datacontenttype'],
    ],
    ['1.0', message.id, 'lead.create', undefined],
  )
  assert.equal(headers['ce-source'], '/Euro%20%E2%82%AC%20%F0%9F%98%80%20%22%25%22')
  assert.equal(received.body.toString(), '{"name":"Jean","n":1.0}')
})

const PEOPLE = `{"name":"<!channel> & {{type}}","long":"${'x'.repeat(9_000)}"}`
const TEXT = 'New: {{payload.name}} {{ type }} {{payload.__proto__}}{{payload.missing}}'

test('Slack: a text, in which a payload can neither mention nor link', async () => {
  const { received } = await sent('slack', { text: TEXT }, { payload: PEOPLE })
  isJson(received)
  assert.deepEqual(json(received), { text: 'New: &lt;!channel&gt; &amp; {{type}} lead.create ' })
})

test('Discord: at most 2,000 characters, and nobody is mentioned', async () => {
  const { received } = await sent('discord', {}, { payload: PEOPLE })
  isJson(received)
  const { content, allowed_mentions } = json(received)
  assert.ok(content.startsWith('lead.create\n{"name":') && content.length === 2_000)
  assert.deepEqual(allowed_mentions, { parse: [] })
})

test('Microsoft Teams: a message with one adaptive card, smaller than 28 KB', async () => {
  const { received } = await sent('teams', { text: TEXT }, { payload: PEOPLE })
  isJson(received)
  assert.ok(received.body.length < 28 * 1024)
  const { type, attachments } = json(received)
  const [{ contentType, contentUrl, content }] = attachments
  assert.deepEqual([type, attachments.length, contentUrl], ['message', 1, null])
  assert.equal(contentType, 'application/vnd.microsoft.card.adaptive')
  assert.deepEqual([content.type, content.version], ['AdaptiveCard', '1.4'])
  assert.deepEqual(content.body[0].type, 'TextBlock')
  assert.match(content.body[0].text, /^New: /)
})

test('Google Chat: JSON in UTF-8 with a text of at most 4,096 characters', async () => {
  const { received } = await sent('google-chat', {}, { payload: PEOPLE })
  assert.equal(received.headers['content-type'], 'application/json; charset=UTF-8')
  assert.ok(json(received).text.length <= 4_096)
})

test('Telegram: the chat and a text of at most 4,096 characters', async () => {
  const { received } = await sent('telegram', { chatId: '@leads' }, { payload: PEOPLE })
  isJson(received)
  const { chat_id, text, ...rest } = json(received)
  assert.deepEqual([chat_id, rest], ['@leads', {}])
  assert.ok(text.length > 0 && text.length <= 4_096)
})

test('HubSpot: properties are texts, with a bearer token', async () => {
  const fields = ['email=payload.mail', 'employees=payload.company.size', 'phone=payload.none']
  const payload = '{"mail":"a@b.c","company":{"size":51},"none":null}'
  const { received } = await sent('hubspot', { token: 'pat-eu1', fields }, { payload })
  isJson(received)
  assert.equal(received.headers.authorization, 'Bearer pat-eu1')
  assert.deepEqual(json(received), { properties: { email: 'a@b.c', employees: '51' } })
})

test('Salesforce: a flat record with values of their own kind, and a bearer token', async () => {
  const fields = ['LastName=payload.name', 'NumberOfEmployees=payload.size']
  const payload = '{"name":"Jean","size":51,"other":1}'
  const { received } = await sent('salesforce', { token: '00D!x', fields }, { payload })
  isJson(received)
  assert.equal(received.headers.authorization, 'Bearer 00D!x')
  assert.deepEqual(json(received), { LastName: 'Jean', NumberOfEmployees: 51 })
})

for (const name of ['zapier', 'make', 'n8n']) {
  test(`${name}: one JSON object with id, type, time and the payload`, async () => {
    const { received, message } = await sent(name, {})
    isJson(received)
    const { id, type, timestamp, data } = json(received)
    assert.deepEqual([id, type, data], [message.id, 'lead.create', { name: 'Jean', n: 1 }])
    assert.equal(Date.parse(timestamp), message.timestamp.getTime())
  })
}

test('PagerDuty: an event of the Events API v2', async () => {
  const { received, message } = await sent('pagerduty', {
    ...{ routingKey: 'R0', severity: 'critical', summary: '{{payload.name}} failed' },
  })
  isJson(received)
  const { payload, ...event } = json(received)
  assert.deepEqual(event, { routing_key: 'R0', event_action: 'trigger', dedup_key: message.id })
  const { timestamp, ...details } = payload
  assert.ok(Date.parse(timestamp))
  assert.deepEqual(details, {
    ...{ summary: 'Jean failed', source: 'bellwire', severity: 'critical' },
    custom_details: { name: 'Jean', n: 1 },
  })
})

test('fields: only those that are named', async () => {
  const { received } = await sent('fields', { fields: ['who=payload.name', 'payload.n', 'type'] })
  assert.equal(received.body.toString(), '{"who":"Jean","n":1.0,"type":"lead.create"}')
})

test('secrets of a template are sealed, and shown to nobody', async () => {
  const { id: app } = await svix.application.create({ name: 'secrets' })
  const { id } = await svix.endpoint.create(app, { url: 'http://127.0.0.1:9/' })
  const at = `/app/${app}/endpoint/${id}/template`
  const parameters = { secret: 'canary-7', typeField: 'what' }
  await call('PUT', at, { name: 'envelope', parameters })
  assert.deepEqual((await call('GET', at)).body, {
    ...{ name: 'envelope', parameters: { typeField: 'what' }, sensitive: ['secret'] },
  })
  for (const table of ['endpoint_shape', 'audit_log']) {
    const { rows } = await bellwire.store.pool.query(`select t::text as text from ${table} t`)
    assert.ok(rows.length > 0)
    assert.ok(!JSON.stringify(rows).includes('canary-7'), table)
  }
  assert.equal((await call('DELETE', at)).status, 204)
  assert.deepEqual((await call('GET', at)).body, { name: null, parameters: {}, sensitive: [] })
})

test('a preview shows the request, and what a template lacks is refused by name', async () => {
  const { id: app } = await svix.application.create({ name: 'preview' })
  const { id } = await svix.endpoint.create(app, { url: 'http://127.0.0.1:9/' })
  const at = `/app/${app}/endpoint/${id}/template`
  const message = { eventType: 'a.b', payload: { x: 1 } }
  const { body } = await call('POST', `${at}/preview`, { name: 'form', ...message })
  assert.deepEqual(body, {
    ...{ method: 'POST', url: 'http://127.0.0.1:9/', body: 'x=1' },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    cancel: false,
  })
  for (const [name, parameters, field, said] of [
    ['envelope', {}, 'secret', /^required: /],
    ['envelope', { secret: 'å' }, 'secret', /visible ASCII/],
    ['plain', { x: '1' }, 'x', /no such parameter: this template has none/],
    ['query-string', { method: 'PUT' }, 'method', /expected one of GET, POST/],
    ['form', { fields: 'a' }, 'fields', /a list of texts/],
    ['hubspot', { token: 'a', fields: [] }, 'fields', /^required: /],
  ] as const) {
    const refused = await call('PUT', at, { name, parameters })
    assert.equal(refused.status, 422)
    const [{ loc, msg }] = refused.body['detail'] as [{ loc: string[]; msg: string }]
    assert.deepEqual(loc, ['body', 'parameters', field])
    assert.match(msg, said)
  }
  assert.equal((await call('PUT', at, { name: 'nothing' })).status, 422)
})

test('every template that is offered is tested here', async () => {
  const { data } = (await call('GET', '/template')).body as { data: { name: string }[] }
  const tested = [
    ...['plain', 'fields', 'envelope', 'query-string', 'form', 'cloudevents-structured'],
    ...['cloudevents-binary', 'slack', 'discord', 'teams', 'google-chat', 'telegram', 'hubspot'],
    ...['salesforce', 'zapier', 'make', 'n8n', 'pagerduty'],
  ]
  assert.deepEqual(
    data.map(({ name }) => name),
    tested,
  )
})
