// The webhooks of a sales CRM: its event types in groups, an envelope with a shared secret, no retries,
// and an endpoint that fails ten times in a row is paused until its owner resumes it.
import { type Client, createClient } from '@bellwire/sdk/client'
import eventTypes from './event-types.json' with { type: 'json' }

const FAILURES = 10

/** Once, and again whenever the list changes: what is there already stays as it is. */
export async function setUp(bellwire: Client): Promise<void> {
  for (const [groupName, names] of Object.entries(eventTypes)) {
    for (const event_type_name of names) {
      await bellwire.request('PUT', '/api/v1/event-type/{event_type_name}', {
        params: { event_type_name },
        body: { description: event_type_name.replaceAll('.', ' '), groupName },
      })
    }
  }
  await bellwire.request('PATCH', '/api/v1/management/environment-settings', {
    body: { retrySchedule: [], disableAfterFailures: FAILURES },
  })
}

/** Bellwire tells the CRM when it pauses an endpoint; the CRM tells the owner. */
export async function hearOfPauses(bellwire: Client, url: string): Promise<void> {
  await bellwire.request('POST', '/api/v1/operational-webhook/endpoint', {
    body: { url, uid: 'pauses', eventTypes: ['endpoint.disabled'] },
  })
}

/** A space of the CRM: its owner has a token for everything that concerns its endpoints. */
export async function addSpace(bellwire: Client, url: string, space: string): Promise<Client> {
  const { token } = await bellwire.request('POST', '/api/v1/auth/app-portal-access/{app_id}', {
    params: { app_id: space },
    body: { application: { uid: space, name: space } },
  })
  return createClient({ url, token })
}

type Hook = { uid: string; url: string; eventTypes: string[]; secret: string }

export async function addHook(owner: Client, space: string, hook: Hook): Promise<void> {
  const { uid, url, eventTypes: wanted, secret } = hook
  const params = { app_id: space, endpoint_id: uid }
  const endpoint = '/api/v1/app/{app_id}/endpoint/{endpoint_id}'
  await owner.request('PUT', endpoint, { params, body: { uid, url, eventTypes: wanted } })
  await owner.request('PUT', `${endpoint}/template`, {
    params,
    body: { name: 'envelope', parameters: { constants: [`id_space=${space}`], secret } },
  })
}

export const happened = (bellwire: Client, space: string, eventType: string, payload: object) =>
  bellwire.send(space, { eventType, payload: payload as Record<string, unknown> })

/** What was missed while it failed and while it was paused is sent now. */
export const resume = (owner: Client, space: string, uid: string) =>
  owner.request('POST', '/api/v1/app/{app_id}/endpoint/{endpoint_id}/resume', {
    params: { app_id: space, endpoint_id: uid },
    body: { missed: true },
  })
