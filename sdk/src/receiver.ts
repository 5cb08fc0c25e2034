export { createReceiver } from './receiver/create-receiver.ts'
export { type HmacOptions, hmac } from './receiver/hmac.ts'
export type { DataOf, EventName, Issue, StandardSchema } from './receiver/schema.ts'
export type { Duration, Reservation, Store, StoreOptions } from './receiver/store.ts'
export type { SignOptions } from './receiver/testing.ts'
export type {
  Handler,
  HandlerContext,
  Outcome,
  OutcomeKind,
  QueuedEvent,
  ReceivedEvent,
  Receiver,
  ReceiverOptions,
  ReceiverSource,
  SourceOptions,
} from './receiver/types.ts'
export {
  type Finding,
  type HeadersIn,
  type Input,
  type RawInput,
  type VerifyOptions,
  verify,
  WebhookError,
  type WebhookErrorCode,
  type WebhookEvent,
} from './receiver/verify.ts'
export { memoryStore } from './stores/memory.ts'
