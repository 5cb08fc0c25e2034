// The shop: it names its event with a schema, registers the warehouse, and tells of each order.
import type { Client } from '@bellwire/sdk/client'

export const SHOP = 'shop'

const ORDER_CREATED = {
  type: 'object',
  required: ['event_type', 'timestamp', 'order_id', 'customer_id', 'total_amount'],
  properties: {
    event_type: { const: 'order_created' },
    timestamp: { type: 'string', format: 'date-time' },
    order_id: { type: 'string' },
    customer_id: { type: 'string' },
    total_amount: { type: 'number', minimum: 0 },
  },
}

export type Order = { order_id: string; customer_id: string; total_amount: number }

/** Once. With `reject`, a payload that does not fit never leaves the shop. */
export async function setUp(bellwire: Client): Promise<void> {
  await bellwire.request('PUT', '/api/v1/event-type/{event_type_name}', {
    params: { event_type_name: 'order_created' },
    body: {
      description: 'An order was made',
      schemas: { 1: ORDER_CREATED },
      schemaPolicy: 'reject',
    },
  })
  await bellwire.request('POST', '/api/v1/app', {
    body: { uid: SHOP, name: 'The shop' },
    query: { get_if_exists: true },
  })
}

type Endpoint = { uid: string; url: string }

/** Gives the secret that the receiver verifies with. */
export async function register(bellwire: Client, { uid, url }: Endpoint): Promise<string> {
  const params = { app_id: SHOP, endpoint_id: uid }
  const endpoint = '/api/v1/app/{app_id}/endpoint/{endpoint_id}'
  await bellwire.request('PUT', endpoint, {
    params,
    body: {
      uid,
      url,
      eventTypes: ['order_created'],
      retrySchedule: [1, 1, 2, 5, 60, 3600], // seconds after each failure
      throttleRate: 5, // a second
    },
  })
  const { key } = await bellwire.request('GET', `${endpoint}/secret`, { params })
  return key
}

export const toMessage = (order: Order, at = new Date()) => ({
  eventType: 'order_created',
  eventId: `order-${order.order_id}`, // told twice, it is still one order
  payload: { event_type: 'order_created', timestamp: at.toISOString(), ...order },
})

export const orderCreated = (bellwire: Client, order: Order, at?: Date) =>
  bellwire.send(SHOP, toMessage(order, at))

/** What became of a message at an endpoint, the first attempt first. */
export async function attemptsOf(bellwire: Client, msg_id: string) {
  const { data } = await bellwire.request('GET', '/api/v1/app/{app_id}/attempt/msg/{msg_id}', {
    params: { app_id: SHOP, msg_id },
  })
  return data.toReversed()
}
