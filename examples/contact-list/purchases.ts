// One purchase, three who must know of it. Each is an endpoint of its own, with its own secret, retries
// and attempts: when one is down, the others do not notice.
import { verify } from '@bellwire/sdk'
import type { Client } from '@bellwire/sdk/client'

export type Purchase = {
  purchase_id: string
  customer: { name: string; address: string }
  item: { id: string; name: string }
  quantity: number
  unit_price: number
}

/** Gives the secret to verify with. */
export async function watchPurchases(
  bellwire: Client,
  account: string,
  { uid, url }: { uid: string; url: string },
): Promise<string> {
  const params = { app_id: account, endpoint_id: uid }
  const endpoint = '/api/v1/app/{app_id}/endpoint/{endpoint_id}'
  await bellwire.request('PUT', endpoint, { params, body: { uid, url, eventTypes: ['purchase'] } })
  const { key } = await bellwire.request('GET', `${endpoint}/secret`, { params })
  return key
}

/** `eventId`: told twice, it is still one purchase; the second is refused with `conflict`. */
export const purchased = (bellwire: Client, account: string, purchase: Purchase) =>
  bellwire.send(account, {
    eventType: 'purchase',
    eventId: purchase.purchase_id,
    payload: purchase,
  })

type Request = { rawBody: Buffer; headers: Record<string, string | string[] | undefined> }

/** What each of the receivers does first. Throws when the webhook is not from Bellwire. */
export const readPurchase = async ({ rawBody, headers }: Request, secret: string) =>
  (await verify(rawBody, headers, secret)) as Purchase

/** Billing raises an invoice. */
export const invoiceOf = ({ customer, item, quantity, unit_price }: Purchase) =>
  `Invoice to ${customer.name}: ${quantity} × ${item.name} = ${quantity * unit_price}`

/** Shipping finds the item by its unique id. */
export function parcelOf({ customer, item, quantity }: Purchase, shelves: Map<string, string>) {
  const shelf = shelves.get(item.id)
  if (shelf === undefined) throw new Error(`No shelf has ${item.id}`)
  return `Parcel to ${customer.address}: ${quantity} × ${item.id} of shelf ${shelf}`
}

/** Inventory reorders when stock runs low. */
export function restock({ item, quantity }: Purchase, stock: Map<string, number>, low: number) {
  const left = (stock.get(item.id) ?? 0) - quantity
  stock.set(item.id, left)
  return left < low ? `Reorder ${item.id}: ${left} left` : `${left} of ${item.id} left`
}
