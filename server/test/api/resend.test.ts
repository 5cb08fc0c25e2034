import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MessageId, toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url, uid: 'ours', channels: ['x'] })).body.id
const off = (await api.post(`${app}/endpoint`, { url, disabled: true })).body.id
const send = async (eventId: string) =>
  (await api.post(`${app}/msg`, { eventType: 'a', payload: {}, eventId })).body.id
const message = await send('sent')
await api.delete(`${app}/msg/${await send('expunged')}/content`)
await api.store.pool.query(`update message set payload_expires_at = now() where id = $1`, [
  toUuid((await send('expired')) as MessageId),
])
const waiting = async () =>
  (await api.store.db.selectFrom('pending_delivery').selectAll().execute()).length

const post = { method: 'POST' }
const path = `${app}/msg/${message}/endpoint/${endpoint}/resend`

for (const body of [undefined, '', '{}', 'null', '[1]', '{broken', Buffer.from([0xff])]) {
  test(`a resend with the body ${JSON.stringify(body)} is taken, past all filters`, async () => {
    const before = { waiting: await waiting(), woken: api.engine.woken }
    const { status, text } = await api.post(path, body)
    assert.deepEqual([status, text], [202, '{}'])
    assert.equal(await waiting(), before.waiting + 1)
    assert.equal(api.engine.woken, before.woken + 1)
  })
}

testCases(api, [
  {
    name: 'it takes an eventId and a uid',
    ...post,
    path: `${app}/msg/sent/endpoint/ours/resend`,
    status: 202,
  },
  {
    name: 'a message whose payload is gone is refused',
    ...post,
    path: `${app}/msg/expunged/endpoint/${endpoint}/resend`,
    status: 400,
    has: ['"code":"missing_payload"'],
  },
  {
    name: 'a message whose payload has expired is refused, before it is erased',
    ...post,
    path: `${app}/msg/expired/endpoint/${endpoint}/resend`,
    status: 400,
    has: ['"code":"missing_payload"'],
  },
  {
    name: 'a disabled endpoint is refused',
    ...post,
    path: `${app}/msg/${message}/endpoint/${off}/resend`,
    status: 400,
    has: ['"code":"endpoint_disabled"'],
  },
  {
    name: 'an unknown message is not found',
    ...post,
    path: `${app}/msg/x/endpoint/${endpoint}/resend`,
    status: 404,
  },
  {
    name: 'an unknown endpoint is not found',
    ...post,
    path: `${app}/msg/${message}/endpoint/x/resend`,
    status: 404,
  },
])
