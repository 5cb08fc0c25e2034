// The product's side: it names its events once, hands each user a token, and sends.
import type { Client } from '@bellwire/sdk/client'

const EVENT = 'invoice.paid'

/** The schema is what the platform shows to users who have no events of their own yet. */
export async function setUp(bellwire: Client): Promise<void> {
  await bellwire.request('PUT', '/api/v1/event-type/{event_type_name}', {
    params: { event_type_name: EVENT },
    body: { description: 'An invoice was paid', schemas: { 1: SCHEMA } },
  })
}

/** A user connects the platform: what it may do is done with this token. */
export async function connect(bellwire: Client, userId: number): Promise<string> {
  const uid = `user-${userId}`
  const { token } = await bellwire.request('POST', '/api/v1/auth/app-portal-access/{app_id}', {
    params: { app_id: uid },
    body: { application: { uid, name: `User ${userId}` } },
  })
  return token
}

export type Invoice = { number: string; total: number; custom?: Record<string, unknown> }

/** Event type and user id are in the payload, for whoever receives webhooks of many users. */
export const invoicePaid = (bellwire: Client, userId: number, invoice: Invoice) =>
  bellwire.send(`user-${userId}`, {
    eventType: EVENT,
    payload: { event: EVENT, user_id: userId, invoice },
  })

const SCHEMA = {
  type: 'object',
  required: ['event', 'user_id', 'invoice'],
  properties: {
    event: { type: 'string' },
    user_id: { type: 'integer' },
    invoice: {
      type: 'object',
      required: ['number', 'total'],
      properties: { number: { type: 'string' }, total: { type: 'number' } },
    },
  },
  examples: [{ event: EVENT, user_id: 1, invoice: { number: '2026-001', total: 99.5 } }],
}
