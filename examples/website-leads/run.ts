// A visit that fits a segment is exported to a CRM and to Slack; one that does not is not.
import assert from 'node:assert/strict'
import { story } from '../shared/story.ts'
import { until } from '../shared/until.ts'
import { addCustomer, defineLeads, exportLeads, setUp, visitIdentified } from './leads.ts'

const APP = 'acme'
const ANNA = {
  visitor: { name: 'Anna Berg', email: 'anna@bigcorp.example' },
  company: { name: 'Bigcorp', employees: 120 },
  visit: { pages: ['/', '/pricing'], source: 'newsletter' },
}
const TOM = {
  visitor: { name: 'Tom Lind', email: 'tom@tiny.example' },
  company: { name: 'Tiny', employees: 7 },
  visit: { pages: ['/pricing'], source: 'search' },
}

const STORY = {
  title: 'Website leads: exported to a CRM and to Slack',
  about:
    "A product knows who visits its customers' websites. Each customer says which visits are leads, and where they go.",
}

await story(STORY, async (stage) => {
  const { bellwire, receiver, step, say } = stage
  const { client, url } = bellwire
  const crm = await receiver('The CRM', (_, response) => void response.writeHead(201).end())
  const slack = await receiver('Slack', (_, response) => void response.end('ok'))

  step('Acme, a customer, defines a segment and picks two destinations')
  await setUp(client)
  const customer = await addCustomer(client, url, APP)
  await defineLeads(customer, APP)
  say('Segment "hot-leads": more than 50 employees, and looked at /pricing.')
  await exportLeads(customer, APP, {
    uid: 'crm',
    url: `${crm.url}/crm/v3/objects/contacts`,
    template: 'hubspot',
    parameters: {
      token: 'token-of-the-crm',
      fields: [
        'email=payload.visitor.email',
        'company=payload.company.name',
        'numemployees=payload.company.employees',
      ],
    },
  })
  await exportLeads(customer, APP, {
    uid: 'sales-channel',
    url: `${slack.url}/services/T0/B0/x`,
    template: 'slack',
    parameters: {
      text: '*{{payload.visitor.name}}* of {{payload.company.name}} looks at the prices (from {{payload.visit.source}})',
    },
  })

  step('Anna of Bigcorp (120 employees) looks at the prices: a lead')
  await visitIdentified(client, APP, ANNA)
  const contact = await crm.next()
  assert.equal(`${contact.method} ${contact.target}`, 'POST /crm/v3/objects/contacts')
  assert.equal(contact.headers.authorization, 'Bearer token-of-the-crm')
  assert.deepEqual(JSON.parse(contact.body), {
    properties: { email: 'anna@bigcorp.example', company: 'Bigcorp', numemployees: '120' },
  })
  const text = await slack.next()
  assert.equal(`${text.method} ${text.target}`, 'POST /services/T0/B0/x')
  assert.deepEqual(JSON.parse(text.body), {
    text: '*Anna Berg* of Bigcorp looks at the prices (from newsletter)',
  })

  step('Tom of Tiny (7 employees) looks at them too: no lead')
  const { id } = await visitIdentified(client, APP, TOM)
  for (const { uid, filteredBy } of await heldBack(id)) {
    say(`Not sent to ${uid}, because this does not hold: ${filteredBy}`)
    assert.equal(filteredBy, 'segment hot-leads: payload.company.employees $gt 50')
  }
  assert.deepEqual([crm.received.length, slack.received.length], [1, 1])

  async function heldBack(msg_id: string) {
    const path = '/api/v1/app/{app_id}/msg/{msg_id}/endpoint'
    const options = { params: { app_id: APP, msg_id }, query: { with_filtered: true } }
    return await until('both destinations have been asked about', async () => {
      const { data } = await customer.request('GET', path, options)
      return data.length === 2 && data.every((to) => to.statusReason === 'filtered') && data
    })
  }
})
