import { development } from './development.ts'
import type { TestEvent } from './event.ts'
import { payments } from './payments.ts'
import { people } from './people.ts'

export const testEvents: readonly TestEvent[] = [...payments, ...development, ...people]

/** `stripe.invoice.paid`: the names of providers have no dot. */
export const nameOf = ({ provider, type }: TestEvent) => `${provider}.${type}`
