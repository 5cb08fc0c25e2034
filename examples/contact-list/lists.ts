// The product: lists of contacts. Somebody who wants to hear of new ones gives a URL, and gets them as
// query parameters: for receivers of the oldest kind that is all they can read.
import type { Client } from '@bellwire/sdk/client'

export type Contact = {
  list_id: number
  mobile: string
  firstname: string
  lastname: string
  datetime_entry: string
  gender: string
  email: string
  dob: string
  active: 'Y' | 'N'
  user_id: number
  rate: number
}

/** Once: endpoints can only ask for event types that there are. */
export async function setUp(bellwire: Client): Promise<void> {
  const types = { 'contact.add': 'A contact was added to a list', purchase: 'Something was bought' }
  for (const [event_type_name, description] of Object.entries(types)) {
    await bellwire.request('PUT', '/api/v1/event-type/{event_type_name}', {
      params: { event_type_name },
      body: { description },
    })
  }
}

export async function watchContacts(bellwire: Client, account: string, url: string) {
  const options = { params: { app_id: account, endpoint_id: 'contacts' } }
  const endpoint = '/api/v1/app/{app_id}/endpoint/{endpoint_id}'
  await bellwire.request('PUT', endpoint, {
    ...options,
    body: { uid: 'contacts', url, eventTypes: ['contact.add'] },
  })
  // Without parameters: every field of the payload, in its order.
  await bellwire.request('PUT', `${endpoint}/template`, {
    ...options,
    body: { name: 'query-string' },
  })
}

export const addContact = (bellwire: Client, account: string, contact: Contact) =>
  bellwire.send(account, { eventType: 'contact.add', payload: { type: 'add', ...contact } })
