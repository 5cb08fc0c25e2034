// `lead.*` among an endpoint's event types: all types of the group, also those that come later.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

test('an endpoint with lead.* gets every lead.… , new types too, and nothing else', async () => {
  const { svix, call, pending } = await startBellwire()
  const receiver = await startReceiver()
  const { id: app } = await svix.application.create({ name: 'crm' })
  for (const name of ['lead.create', 'lead.status.update', 'campaign.email.sent', 'leads.x']) {
    await svix.eventType.create({ name, description: '' })
  }
  const endpoint = await svix.endpoint.create(app, {
    url: receiver.url,
    eventTypes: ['lead.*', 'campaign.email.*'],
  })
  const { id: poller } = (
    await call('POST', `/app/${app}/poller`, { eventTypes: ['lead.status.*'] })
  ).body as { id: string }
  await svix.eventType.create({ name: 'lead.list.update', description: 'is new' })
  const types = ['lead.create', 'lead', 'lead.status.update', 'lead.list.update', 'leads.x']
  for (const eventType of [
    ...types,
    'campaign.update',
    'campaign.email.sent',
    'lead.not.registered',
  ]) {
    await svix.message.create(app, { eventType, payload: { eventType } })
  }
  const wanted = ['campaign.email.sent', 'lead.create', 'lead.list.update']
  const got = () => receiver.received.map(({ body }) => JSON.parse(String(body)).eventType).sort()
  await until('all came', async () => receiver.received.length >= 5 && (await pending()) === 0)
  assert.deepEqual(got(), [...wanted, 'lead.not.registered', 'lead.status.update'])
  const path = `/app/${app}/poller/${poller}`
  const { iterator } = (await call('GET', `${path}?after=2020-01-01T00:00:00Z`)).body
  assert.ok(iterator)
  const active = async (eventType: string) =>
    (await call('POST', `/app/${app}/msg/precheck/active`, { eventType })).body['active']
  assert.deepEqual([await active('lead.any'), await active('lead')], [true, false])
  const shown = await svix.endpoint.get(app, endpoint.id)
  assert.deepEqual(shown.eventTypes, ['lead.*', 'campaign.email.*'])
})

test('what an endpoint with a group missed is sent by replay-missing', async () => {
  const bellwire = await startBellwire()
  const { svix, pending } = bellwire
  const receiver = await startReceiver()
  const { id: app } = await svix.application.create({ name: 'crm' })
  await svix.eventType.create({ name: 'lead.create', description: '' })
  for (const eventType of ['lead.create', 'tag.create', 'lead.a.b']) {
    await svix.message.create(app, { eventType, payload: {} })
  }
  const { id } = await svix.endpoint.create(app, { url: receiver.url, eventTypes: ['lead.*'] })
  await svix.endpoint.replayMissing(app, id, { since: new Date(Date.now() - 60_000) })
  await until('two came', async () => receiver.received.length >= 2 && (await pending()) === 0)
  assert.equal(receiver.received.length, 2)
})
