// What a product that watches websites does with Bellwire. `bellwire` holds an API key of the product;
// `customer` a token of one customer, so it reaches nothing of others.
import { type Client, createClient } from '@bellwire/sdk/client'

/** Once, for all customers: the event that a visit can trigger. */
export async function setUp(bellwire: Client): Promise<void> {
  await bellwire.request('PUT', '/api/v1/event-type/{event_type_name}', {
    params: { event_type_name: 'visit.identified' },
    body: { description: 'Somebody who visits the website is known by name' },
  })
}

/** Once per customer: an application, and a token for their settings page. */
export async function addCustomer(bellwire: Client, url: string, uid: string): Promise<Client> {
  const { token } = await bellwire.request('POST', '/api/v1/auth/app-portal-access/{app_id}', {
    params: { app_id: uid },
    body: { application: { uid, name: uid } },
  })
  return createClient({ url, token })
}

/** The customer says which visits are leads. */
export async function defineLeads(customer: Client, app: string): Promise<void> {
  await customer.request('PUT', '/api/v1/app/{app_id}/segment/{segment_name}', {
    params: { app_id: app, segment_name: 'hot-leads' },
    body: {
      description: 'Companies with more than 50 employees that looked at the prices',
      filter: { 'payload.company.employees': { $gt: 50 }, 'payload.visit.pages': '/pricing' },
    },
  })
}

type Destination = {
  uid: string
  url: string
  template: 'hubspot' | 'slack'
  parameters: Record<string, string | string[]>
}

/** The customer picks where leads go, and in which shape. */
export async function exportLeads(customer: Client, app: string, to: Destination): Promise<void> {
  const params = { app_id: app, endpoint_id: to.uid }
  const endpoint = '/api/v1/app/{app_id}/endpoint/{endpoint_id}'
  await customer.request('PUT', endpoint, {
    params,
    // Off until it has its filter: nothing may slip through in between.
    body: { uid: to.uid, url: to.url, eventTypes: ['visit.identified'], disabled: true },
  })
  await customer.request('PUT', `${endpoint}/template`, {
    params,
    body: { name: to.template, parameters: to.parameters },
  })
  await customer.request('PUT', `${endpoint}/filter`, {
    params,
    body: { filter: { $segment: 'hot-leads' } },
  })
  await customer.request('PATCH', endpoint, { params, body: { disabled: false } })
}

export type Visit = {
  visitor: { name: string; email: string }
  company: { name: string; employees: number }
  visit: { pages: string[]; source: string }
}

/** Each time: the product says what happened. Bellwire knows who wants it. */
export const visitIdentified = (bellwire: Client, app: string, visit: Visit) =>
  bellwire.send(app, { eventType: 'visit.identified', payload: visit })
