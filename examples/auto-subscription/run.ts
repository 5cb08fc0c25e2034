// An integration platform subscribes for users of a product, shows them what there is, and is
// unsubscribed when it answers 410.
import assert from 'node:assert/strict'
import { createClient } from '@bellwire/sdk/client'
import { story } from '../shared/story.ts'
import { until } from '../shared/until.ts'
import * as platform from './platform.ts'
import { connect, invoicePaid, setUp } from './product.ts'

const JEAN = 54911
const ROSA = 54912

const STORY = {
  title: 'Auto-subscription: an integration platform connects for its users',
  about:
    "Users of a product automate things on a platform, which subscribes to the product's events for them.",
}

await story(STORY, async (stage) => {
  const { bellwire, receiver, step, say } = stage
  const { client, url } = bellwire
  const gone = new Set<string>()
  const catcher = await receiver('The platform', (request, response) => {
    response.writeHead(gone.has(request.url!) ? 410 : 200).end()
  })

  step('Jean connects the platform: it has a token of Jean, and asks what there is')
  await setUp(client)
  const jean = { url, token: await connect(client, JEAN) }
  const rosa = { url, token: await connect(client, ROSA) }
  const [event, ...others] = await platform.events(jean)
  assert.deepEqual([event?.name, others], ['invoice.paid', []])
  say(`Events: ${event!.name} (${event!.description})`)
  const [example] = await platform.samples(jean, event!.name)
  say(`Sample: ${JSON.stringify(example)}`)
  assert.deepEqual(example, {
    ...{ event: 'invoice.paid', user_id: 1 },
    invoice: { number: '2026-001', total: 99.5 },
  })

  step('Jean switches an automation on: the platform subscribes a URL of its own for it')
  const hook = await platform.subscribe(jean, {
    event: 'invoice.paid',
    targetUrl: `${catcher.url}/catch/jean-1`,
  })
  say(`POST /hooks → ${JSON.stringify(hook)}`)

  step('Jean is paid: the payload has event type and user id')
  await invoicePaid(client, JEAN, {
    ...{ number: '2026-017', total: 250 },
    custom: { cost_center: 'EU-7', priority: 2 },
  })
  const first = await catcher.next()
  assert.equal(first.target, '/catch/jean-1')
  assert.deepEqual(JSON.parse(first.body), {
    event: 'invoice.paid',
    user_id: JEAN,
    invoice: { number: '2026-017', total: 250, custom: { cost_center: 'EU-7', priority: 2 } },
  })

  step('The platform shows what Jean can map, custom fields of Jean included')
  const fields = await platform.fields(jean, 'invoice.paid')
  for (const { key, type, custom, sample } of fields) {
    say(`${key}: ${type}${custom ? ', custom' : ''}, such as ${JSON.stringify(sample)}`)
  }
  assert.deepEqual(customOf(fields), [
    ['invoice.custom.cost_center', 'string', 'EU-7'],
    ['invoice.custom.priority', 'integer', 2],
  ])
  assert.deepEqual(customOf(await platform.fields(rosa, 'invoice.paid')), [])
  say('Rosa, another user, sees none of them.')

  step('Jean switches it off: the platform unsubscribes')
  await platform.unsubscribe(jean, hook.id)
  assert.deepEqual(await platform.hooks(jean), [])
  const { id } = await invoicePaid(client, JEAN, { number: '2026-018', total: 80 })
  const path = '/api/v1/app/{app_id}/msg/{msg_id}/endpoint'
  const params = { app_id: `user-${JEAN}`, msg_id: id }
  assert.deepEqual((await client.request('GET', path, { params })).data, [])
  say('The next invoice goes nowhere.')

  step('Rosa deletes an automation at the platform, which answers 410 from then on')
  const { id: rosas } = await platform.subscribe(rosa, {
    event: 'invoice.paid',
    targetUrl: `${catcher.url}/catch/rosa-1`,
  })
  gone.add('/catch/rosa-1')
  await invoicePaid(client, ROSA, { number: '2026-019', total: 10 })
  assert.equal((await catcher.next()).status, 410)
  await until('the hook is gone', async () => (await platform.hooks(rosa)).length === 0)
  say(`Hook ${rosas} is unsubscribed: GET /hooks lists none.`)

  step('A platform without such calls: Rosa pastes its URL into the settings page of the product')
  const settings = createClient(rosa)
  const endpoint = await settings.request('POST', '/api/v1/app/{app_id}/endpoint', {
    params: { app_id: `user-${ROSA}` },
    body: { url: `${catcher.url}/paste/rosa`, eventTypes: ['invoice.paid'] },
  })
  await settings.request('PUT', '/api/v1/app/{app_id}/endpoint/{endpoint_id}/template', {
    params: { app_id: `user-${ROSA}`, endpoint_id: endpoint.id },
    body: { name: 'make' },
  })
  const { id: msg } = await invoicePaid(client, ROSA, { number: '2026-020', total: 20 })
  const pasted = await catcher.next()
  assert.equal(pasted.target, '/paste/rosa')
  const { timestamp, ...rest } = JSON.parse(pasted.body)
  assert.ok(Math.abs(Date.now() - Date.parse(timestamp)) < 60_000)
  assert.deepEqual(rest, {
    ...{ id: msg, type: 'invoice.paid' },
    data: {
      ...{ event: 'invoice.paid', user_id: ROSA },
      invoice: { number: '2026-020', total: 20 },
    },
  })
  assert.equal(catcher.received.length, 3)
})

function customOf(fields: platform.Field[]) {
  return fields.filter(({ custom }) => custom).map(({ key, type, sample }) => [key, type, sample])
}
