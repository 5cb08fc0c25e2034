// The warehouse receives. It answers as soon as an order is in its queue, and packs afterwards; what
// arrives twice is packed once; what is not from the shop is refused.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toExpress } from '@bellwire/sdk/adapters/node'
import { standardWebhooks } from '@bellwire/sdk/providers/standard-webhooks'
import { createReceiver, memoryStore, type QueuedEvent } from '@bellwire/sdk/receiver'
import type { Order } from './shop.ts'

type Options = {
  secret: string
  /** A folder: the queue. In production a table, or what you have. */
  queue: string
  pack(order: Order): Promise<void>
  refused(reason: string): void
}

export function createWarehouse({ secret, queue, pack, refused }: Options) {
  const hooks = createReceiver({
    sources: { orders: { provider: standardWebhooks, secrets: [secret] } },
    store: memoryStore(), // of one process; `postgresStore` remembers for all of them
    acknowledge: 'first',
    enqueue: (event) =>
      writeFile(join(queue, `${event.id}.json`), JSON.stringify(event), { flush: true }),
    onError: ({ code }) => refused(code),
  })
  hooks.on('orders:order_created', (event) => pack(event.data as Order))

  return {
    /** For Node's `createServer` and Express. The last part of the path names the source. */
    listener: toExpress(hooks),

    /** Packs what is in the queue. */
    async work(): Promise<void> {
      for (const file of await readdir(queue)) {
        const event = JSON.parse(await readFile(join(queue, file), 'utf8')) as QueuedEvent
        await hooks.process(event)
        await rm(join(queue, file))
      }
    },
  }
}
