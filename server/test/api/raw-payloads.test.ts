import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MessageId, toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/msg`
const raw = (transformationsParams: unknown) =>
  api.post(path, { eventType: 'a', payload: { unused: true }, transformationsParams })

const rowOf = (id: string) =>
  api.store.db
    .selectFrom('message')
    .select(['payload', 'content_type'])
    .where('id', '=', toUuid(id as MessageId))
    .executeTakeFirstOrThrow()

const SHOWN: [string, string][] = [
  ['not JSON', '{}'],
  ['', '{}'],
  ['<xml/>', '{}'],
  ['[1,2]', '{}'],
  ['"text"', '{}'],
  ['null', '{}'],
  ['{"a":1.0}', '{"a":1.0}'],
  [' {"a" : 1}\n', ' {"a" : 1}\n'],
  ['{"a":1} {"b":2}', '{}'],
  ['{"cut":', '{}'],
  ['\u0000', '{}'],
]

for (const [text, shown] of SHOWN) {
  test(`the raw payload ${JSON.stringify(text)} is stored as it is and shown as ${shown}`, async () => {
    const made = await raw({ rawPayload: text })
    assert.equal(made.status, 202, made.text)
    const { payload, content_type } = await rowOf(made.body.id)
    assert.equal(payload!.toString('utf8'), text)
    assert.equal(content_type, 'application/json')
    assert.ok(made.text.endsWith(`"payload":${shown}}`), made.text)
    assert.ok((await api.get(`${path}/${made.body.id}`)).text.endsWith(`"payload":${shown}}`))
    assert.ok((await api.get(`${path}?limit=1`)).text.includes(`"payload":${shown}}`))
  })
}

for (const name of ['content-type', 'Content-Type']) {
  test(`${name} overrides the content type`, async () => {
    const made = await raw({ rawPayload: 'a=1', headers: { [name]: 'text/plain; x=y' } })
    const { content_type } = await rowOf(made.body.id)
    assert.equal(content_type, 'text/plain; x=y')
  })
}

test('the content type of a payload that is JSON may be overridden too', async () => {
  const made = await api.post(
    path,
    `{"eventType":"a","payload":{"a":1.0},"transformationsParams":{"headers":{"content-type":"application/cloudevents+json"}}}`,
  )
  const { payload, content_type } = await rowOf(made.body.id)
  assert.deepEqual(
    [payload!.toString('utf8'), content_type],
    ['{"a":1.0}', 'application/cloudevents+json'],
  )
  assert.ok(made.text.endsWith('"payload":{"a":1.0}}'), made.text)
})

const say = (transformationsParams: unknown) => ({
  method: 'POST',
  path,
  body: { eventType: 'a', payload: {}, transformationsParams },
})
const at = ['body', 'transformationsParams']

testCases(api, [
  {
    name: 'a raw payload must be text',
    ...say({ rawPayload: {} }),
    status: 422,
    loc: [...at, 'rawPayload'],
  },
  { name: 'all of it may be null', ...say(null), status: 202 },
  { name: 'other members are ignored', ...say({ colour: { any: ['thing'] } }), status: 202 },
  {
    name: 'a content type with a line break is refused',
    ...say({ rawPayload: 'x', headers: { 'content-type': 'a\r\nb: c' } }),
    status: 422,
    loc: [...at, 'headers', 'content-type'],
  },
])

test('JS sends an empty payload beside the raw one', async () => {
  const made = await api.post(path, {
    eventType: 'a',
    payload: {},
    transformationsParams: { rawPayload: 'x' },
  })
  assert.equal(made.status, 202)
})

test('a raw payload with half a surrogate pair is refused: it could not be sent as it is', async () => {
  const half = { eventType: 'a', payload: {}, transformationsParams: { rawPayload: 'a\ud800b' } }
  const { status, body } = await api.post(path, JSON.stringify(half))
  assert.equal(status, 422)
  const [problem] = body.detail as { loc: string[]; msg: string }[]
  assert.deepEqual(problem?.loc, ['body', 'transformationsParams', 'rawPayload'])
  assert.match(problem.msg, /surrogate/)
  assert.equal((await raw({ rawPayload: 'a\ud83c\udf89b' })).status, 202)
})
