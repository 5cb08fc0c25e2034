// What compiles, and what must not: `npm run check` is the test, an unused @ts-expect-error fails it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { github } from '../providers/github.ts'
import { stripe } from '../providers/stripe.ts'
import { memoryStore } from '../stores/memory.ts'
import { createReceiver } from './create-receiver.ts'
import type { DataOf, EventName, StandardSchema } from './schema.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(is?: T) => is

const Paid = z.object({ amount: z.string().transform(Number) })
const Customer = z.object({ name: z.string() })
const plain: StandardSchema<{ own: boolean }> = {
  '~standard': {
    version: 1,
    vendor: 'own',
    validate: () => ({ value: { own: true } }),
    types: { input: {}, output: { own: true } },
  },
}

test('names and data follow from sources and schemas', () => {
  const sources = {
    billing: {
      provider: stripe,
      secrets: ['a'],
      events: { 'invoice.paid': Paid, 'customer.*': Customer, own: plain },
    },
    code: { provider: github, secrets: ['a'] },
  }
  const hooks = createReceiver({ sources, store: memoryStore() })
  type S = typeof sources
  type Names =
    | 'billing:invoice.paid'
    | `billing:customer.${string}`
    | 'billing:own'
    | `code:${string}`
  holds<Same<EventName<S>, Names>>()
  holds<Same<DataOf<S, 'billing:invoice.paid'>, { amount: number }>>()
  holds<Same<DataOf<S, 'billing:customer.created'>, { name: string }>>()
  holds<Same<DataOf<S, 'billing:customer.*'>, { name: string }>>()
  holds<Same<DataOf<S, 'billing:own'>, { own: boolean }>>()
  holds<Same<DataOf<S, 'code:push'>, unknown>>()

  hooks.on('billing:invoice.paid', (event) => event.data.amount.toFixed(2))
  hooks.on('billing:customer.created', (event) => event.data.name.length)
  hooks.on('billing:own', async ({ data }, { signal, attempt }) => [
    data.own,
    signal.aborted,
    attempt,
  ])
  hooks.on('code:push', ({ data }) => {
    // @ts-expect-error: without a schema nothing is known of it
    data?.ref
  })
  // @ts-expect-error: there is no such source
  hooks.on('nobody:push', () => {})
  // @ts-expect-error: there is no such event
  hooks.on('billing:invoice.unpaid', () => {})
  // @ts-expect-error: amounts are numbers by now
  hooks.on('billing:invoice.paid', (event) => event.data.amount.length)
  // @ts-expect-error: a receiver without a store would handle twice
  assert.throws(() => createReceiver({ sources }), TypeError)
  // @ts-expect-error: there is no such source
  assert.throws(() => hooks.source('nobody'), RangeError)
})
