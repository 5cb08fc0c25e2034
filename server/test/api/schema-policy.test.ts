// What a schema means for the messages of its type: nothing, a note, or a refusal before anything is
// written.
import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { startApi } from './api.ts'
import { assertCase } from './cases.ts'
import { snapshot } from './requests.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/msg`
const SETTINGS = 'management/environment-settings'

const schema = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer' },
    email: { format: 'email' },
    phone: { pattern: '^\\d+$' },
    code: { pattern: '^(a+)+$' },
    lines: { items: { properties: { count: { maximum: 5 } } } },
  },
}
await api.post('event-type', { name: 'order', description: '', schemas: { 1: schema } })
const settings = (body: object) => api.put(SETTINGS, body)
const policy = (schemaPolicy: string | null) => api.patch('event-type/order', { schemaPolicy })
const send = (payload: unknown, more: object = {}) =>
  api.post(path, { eventType: 'order', payload, ...more })

for (const [given, own, expected] of [
  ['off', null, 202],
  ['warn', null, 202],
  ['reject', null, 422],
  ['reject', 'off', 202],
  ['reject', 'warn', 202],
  ['off', 'reject', 422],
  ['warn', 'reject', 422],
] as const) {
  test(`environment ${given}, event type ${own}: a wrong payload is ${expected}`, async () => {
    await settings({ schemaPolicy: given })
    await policy(own)
    const wrong = await send({})
    assert.equal(wrong.status, expected, wrong.text)
    const isNoted = expected === 202 && (own ?? given) === 'warn'
    const noted = isNoted ? 'payload.id: required, but missing' : undefined
    assert.equal(wrong.body['schemaError'], noted)
    const right = await send({ id: 1 })
    assert.deepEqual([right.status, right.body['schemaError']], [202, undefined])
    // Types without a schema of version 1, and unknown ones, are taken as they come.
    await api.put('event-type/other', { description: '', schemas: { 2: { not: {} } } })
    for (const eventType of ['other', 'unknown']) {
      assert.equal((await api.post(path, { eventType, payload: {} })).status, 202)
    }
  })
}

const WRONG: [object, string[], string][] = [
  [{}, ['id'], 'required, but missing'],
  [{ id: '1' }, ['id'], 'expected integer, got \\"1\\"'],
  [{ id: 1, more: 2 }, ['more'], 'expected no property of this name'],
  [{ id: 1, email: 'x' }, ['email'], 'must match format'],
  [{ id: 1, phone: 'a' }, ['phone'], 'got \\"a\\"'],
  [{ id: 1, code: 'b' }, ['code'], 'must match pattern'],
  [{ id: 1, lines: [{}, { count: 6 }] }, ['lines', '[1]', 'count'], 'must be <= 5, got 6'],
]
for (const [payload, at, says] of WRONG) {
  test(`${JSON.stringify(payload)} is refused at ${at.join('.')}, before anything is written`, async () => {
    await settings({ schemaPolicy: 'reject' })
    await policy(null)
    const before = await snapshot(api)
    const body = { eventType: 'order', eventId: 'refused', payload }
    const headers = { 'idempotency-key': 'once' }
    const loc = ['body', 'payload', ...at]
    const type = 'value_error.jsonschema'
    const given = { method: 'POST', path, body, headers, status: 422, loc, has: [says, type] }
    await assertCase(api, { name: '', ...given })
    assert.deepEqual(await snapshot(api), before)
  })
}

test('the key of a refused message is free for the one that is right', async () => {
  const headers = { 'idempotency-key': 'again' }
  const call = (payload: object) =>
    api.call({ method: 'POST', path, body: { eventType: 'order', payload }, headers })
  assert.equal((await call({})).status, 422)
  assert.equal((await call({ id: 1 })).status, 202)
})

test('a raw payload is held against the schema when it is JSON', async () => {
  await settings({ schemaPolicy: 'reject' })
  const raw = (rawPayload: string, type?: string) =>
    send(
      {},
      {
        transformationsParams: { rawPayload, ...(type && { headers: { 'content-type': type } }) },
      },
    )
  assert.equal((await raw('{"id":1}')).status, 202)
  assert.equal((await raw('{"id":"1"}')).status, 422)
  assert.equal((await raw('<id/>')).status, 422)
  assert.equal((await raw('<id/>', 'application/xml')).status, 202)
})

test('a note is shown wherever the message is, and goes with the payload', async () => {
  await settings({ schemaPolicy: 'warn' })
  const headers = { 'idempotency-key': 'noted' }
  const body = { eventType: 'order', payload: { id: 'secret' } }
  const sent = await api.call({ method: 'POST', path, body, headers })
  const note = 'payload.id: expected integer, got "secret"'
  const shown = async () => [
    (await api.get(`${path}/${sent.body.id}`)).body['schemaError'],
    (await api.get(`${path}?limit=1`)).body.data[0]!['schemaError'],
  ]
  assert.equal(sent.body['schemaError'], note)
  assert.deepEqual(await shown(), [note, note])
  const again = await api.call({ method: 'POST', path, body, headers })
  assert.deepEqual(again.body, sent.body)
  assert.equal((await api.delete(`${path}/${sent.body.id}/content`)).status, 204)
  assert.deepEqual(await shown(), [undefined, undefined])
})

test('a changed schema counts for the next message', async () => {
  await settings({ schemaPolicy: 'reject' })
  await api.put('event-type/changing', { description: '', schemas: { 1: { required: ['a'] } } })
  const call = () => api.post(path, { eventType: 'changing', payload: { b: 1 } })
  assert.equal((await call()).status, 422)
  await api.patch('event-type/changing', { schemas: { 1: { required: ['b'] } } })
  assert.equal((await call()).status, 202)
})

test('unknown event types are refused where they must be registered', async () => {
  await settings({ requireEventType: true })
  await api.post('event-type', { name: 'old', description: '', archived: true })
  for (const eventType of ['nobody.knows', 'old']) {
    const { status, body, text } = await api.post(path, { eventType, payload: {} })
    assert.equal(status, 422, text)
    assert.ok(Array.isArray(body.detail))
    assert.deepEqual(body.detail[0]!.loc, ['body', 'eventType'])
    assert.match(body.detail[0]!.msg, new RegExp(`no such event type: ${eventType}`))
  }
  assert.equal((await send({ anything: true })).status, 202)
  await settings({})
  assert.equal((await api.post(path, { eventType: 'nobody.knows', payload: {} })).status, 202)
})

test('policies are those of the own environment', async () => {
  await settings({ schemaPolicy: 'reject', requireEventType: true })
  const { token } = await api.otherEnvironment()
  const call = (where: string, body: object) =>
    api.call({ method: 'POST', path: where, body, token })
  const other = (await call('app', { name: 'other' })).body.id
  const sent = await call(`app/${other}/msg`, { eventType: 'order', payload: {} })
  assert.equal(sent.status, 202)
  await settings({})
})

const ENDLESS = {
  name: 'endless',
  description: '',
  schemas: { 1: { properties: { list: { uniqueItems: true } } } },
}
/** More than a second of comparing. */
const list = Array.from({ length: 10_000 }, (_, i) => ({ i }))

test('a check that never ends holds up nobody, and ends as the policy says', async () => {
  await settings({ schemaPolicy: 'warn' })
  await api.post('event-type', ENDLESS)
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const body = { eventType: 'endless', payload: { list } }
  await send({ id: 1 })
  await setImmediate()
  delay.enable()
  const slow = api.post(path, body)
  // Others go on meanwhile, their own checks included.
  assert.equal((await send({ id: 1 })).status, 202)
  const { status, body: answer } = await slow
  delay.disable()
  assert.equal(status, 202)
  assert.match(
    String(answer['schemaError']),
    /^payload: could not be checked .* longer than 250 ms/,
  )
  assert.ok(delay.max / 1e6 < 1_000, `the event loop stood still for ${delay.max / 1e6} ms`)

  await settings({ schemaPolicy: 'reject' })
  const refused = await api.post(path, body)
  assert.equal(refused.status, 422)
  assert.match(refused.text, /longer than 250 ms/)
  // In the places of the threads that were ended there are others.
  for (const payload of [{ id: 1 }, { id: 2 }, { id: 3 }]) {
    assert.equal((await send(payload)).status, 202)
  }
})

test('a schema that leads back to itself for ever is a clear refusal', async () => {
  await api.put('event-type/circle', { description: '', schemas: { 1: { $ref: '#' } } })
  const { status, text } = await api.post(path, { eventType: 'circle', payload: {} })
  assert.equal(status, 422)
  assert.match(text, /could not be checked/)
})

test('a pattern that makes others think for years is matched to its end', async () => {
  const code = `${'a'.repeat(50_000)}b`
  const { status, text } = await send({ id: 1, code })
  assert.equal(status, 422)
  assert.match(text, /must match pattern/)
})
