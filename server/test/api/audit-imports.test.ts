// What imports, schemas and settings leave in the audit log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const SETTINGS = 'management/environment-settings'

type Row = {
  operation: string
  target_kind: string
  target_id: string
  before: string
  after: string
}
/** What `work` leaves, with before and after as they are written. */
async function rowsOf(work: () => Promise<{ status: number; text: string }>): Promise<Row[]> {
  const newest = 'select max(id::text) as id from audit_log'
  const { rows: before } = await api.store.pool.query<{ id: string | null }>(newest)
  const { status, text } = await work()
  assert.ok(status < 300, text)
  const { rows } = await api.store.pool.query<Row>(
    `select operation, target_kind, target_id, before::text, after::text from audit_log
      where $1::uuid is null or id > $1 order by id`,
    [before[0]!.id],
  )
  return rows
}

test('a schema is noted as JSON, and its numbers as they were spelled', async () => {
  const put = (number: string) =>
    api.put('event-type/order', `{"description":"","schemas":{"1":{"maximum":${number}}}}`)
  const [made] = await rowsOf(() => put('1.0'))
  assert.deepEqual([made!.target_id, made!.before], ['order', null])
  assert.match(made!.after, /"schemas":\{"1":\{"maximum":1\.0\}\}/)
  // JavaScript could not tell these two apart.
  const [first, second] = ['12345678901234567890', '12345678901234567891'] as const
  await put(first)
  const [changed] = await rowsOf(() => put(second))
  assert.equal(changed!.before, `{"schemas":{"1":{"maximum":${first}}}}`)
  assert.equal(changed!.after, `{"schemas":{"1":{"maximum":${second}}}}`)
  const { data } = (await api.get('audit-log?target_id=order&limit=1')).body
  assert.equal(typeof (data[0]!['after'] as { schemas: object }).schemas, 'object')
})

test('settings are noted with what differs', async () => {
  const [row] = await rowsOf(() => api.patch(SETTINGS, { schemaPolicy: 'warn' }))
  assert.deepEqual(row, {
    operation: 'v1.management.environment-settings.patch',
    target_kind: 'environment',
    target_id: api.environmentId,
    before: '{"schemaPolicy":"off"}',
    after: '{"schemaPolicy":"warn"}',
  })
  const [put] = await rowsOf(() => api.put(SETTINGS))
  assert.deepEqual([put!.before, put!.after], ['{"schemaPolicy":"warn"}', '{"schemaPolicy":"off"}'])
})

const names = (rows: Row[]) => rows.map((row) => [row.target_kind, row.target_id])

test('an import notes every event type that it makes or changes, and the settings', async () => {
  await api.post('event-type', { name: 'same', description: '' })
  await api.post('event-type', { name: 'other', description: 'old' })
  const body = {
    eventTypes: [
      { name: 'other', description: 'new' },
      { name: 'same', description: '' },
      { name: 'fresh', description: '' },
    ],
    settings: { requireEventType: true },
  }
  const untouched = (await api.get('event-type/same')).text
  const rows = await rowsOf(() => api.post('environment/import', body))
  const byName = Object.fromEntries(rows.map((row) => [row.target_id, row]))
  assert.deepEqual(Object.keys(byName).sort(), ['fresh', api.environmentId, 'other'].sort())
  assert.deepEqual(
    [byName['other']!.before, byName['other']!.after],
    ['{"description":"old"}', '{"description":"new"}'],
  )
  assert.equal(byName['fresh']!.before, null)
  assert.equal(byName[api.environmentId]!.after, '{"requireEventType":true}')
  assert.equal((await api.get('event-type/same')).text, untouched)
  await api.put(SETTINGS)
})

const spec = { webhooks: { read: { post: {} } } }

test('event types of an OpenAPI document are noted, those that it archives too; a dry run is not', async () => {
  await api.put('event-type/gone', { description: '' })
  const run = (more: object) => () => api.post('event-type/import/openapi', { spec, ...more })
  assert.deepEqual(await rowsOf(run({ dryRun: true, replaceAll: true })), [])
  assert.deepEqual(names(await rowsOf(run({}))), [['event-type', 'read']])
  assert.deepEqual(await rowsOf(run({})), [], 'nothing differs')
  const rows = await rowsOf(run({ replaceAll: true }))
  const gone = rows.find((row) => row.target_id === 'gone')!
  assert.deepEqual([gone.before, gone.after], ['{"archived":false}', '{"archived":true}'])
  assert.ok(!rows.some((row) => row.target_id === 'read'))
})

test('imports that archive what the other one makes do not wait for each other for ever', async () => {
  const specs = ['a', 'b', 'c', 'd'].map((name) => ({ webhooks: { [name]: { post: {} } } }))
  const imports = specs.flatMap((spec) =>
    Array.from({ length: 5 }, () =>
      api.post('event-type/import/openapi', { spec, replaceAll: true }),
    ),
  )
  for (const { status, text } of await Promise.all(imports)) assert.equal(status, 200, text)
  const { data } = (await api.get('event-type')).body
  assert.equal(data.length, 1)
})
