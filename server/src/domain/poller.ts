import type { ApplicationId, PollerId } from './ids.ts'

/** For a receiver that fetches: it wants some messages, as an endpoint does. */
export type Poller = {
  id: PollerId
  applicationId: ApplicationId
  uid: string | null
  description: string
  eventTypes: string[] | null
  channels: string[] | null
  createdAt: Date
  updatedAt: Date
}

/** Each gets rows of its own for every message that it wants. */
export const MAX_POLLERS = 20
/** Anybody with the token may name one. */
export const MAX_CONSUMERS = 100
/** Older tokens that still work. */
export const MAX_OLD_TOKENS = 10
