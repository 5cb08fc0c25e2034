// Behind a proxy: who the sender is and how it came, as the proxy says; anybody else is not believed.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Forwarded } from '../domain/bin.ts'
import { addressOf } from './exchange.ts'

/** Whether what comes from this address is a proxy of ours. */
export type TrustsProxy = (address: string) => boolean

/** The sender's own address, else that of the connection. */
export const clientOf = (request: IncomingMessage, trusts: TrustsProxy): string =>
  forwardedOf(request, trusts)?.address ?? addressOf(request)

/** Null when no proxy of ours said anything. */
export function forwardedOf(request: IncomingMessage, trusts: TrustsProxy): Forwarded | null {
  if (!trusts(addressOf(request))) return null
  const address = senderIn(itemsOf(request, 'x-forwarded-for'), trusts)
  // The last proxy wrote the last one.
  const proto = itemsOf(request, 'x-forwarded-proto').at(-1)?.toLowerCase()
  const known = proto === 'https' || proto === 'http' ? proto : null
  return address === null && known === null ? null : { proto: known, address }
}

/** From the right: the first that is no proxy of ours, since what stands left of it anybody may write. */
function senderIn(items: string[], trusts: TrustsProxy): string | null {
  const addresses = items.map((item) => item.replace(/^::ffff:(?=\d+\.)/i, ''))
  const sender = addresses.findLast((address) => isIP(address) === 0 || !trusts(address))
  return sender !== undefined && isIP(sender) !== 0 ? sender : null
}

function itemsOf({ headersDistinct }: IncomingMessage, name: string): string[] {
  const lines = headersDistinct[name] ?? []
  return lines.flatMap((line) => line.split(',')).map((item) => item.trim())
}
