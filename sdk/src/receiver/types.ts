import type { Preset, Rule } from '../verification/preset.ts'
import type { SecretIn } from '../verification/secrets.ts'
import type { FetchKey, Settings } from '../verification/verifier.ts'
import type { WebhookError } from '../verification/webhook-error.ts'
import type { Input } from './input.ts'
import type { DataOf, EventName, Issue, StandardSchema } from './schema.ts'
import type { Store } from './store.ts'
import type { SignOptions } from './testing.ts'
import type { WebhookEvent } from './verify.ts'

export type SourceOptions = {
  provider: Preset
  variant?: string
  /** All that count now, the newest first. May be empty only while `onSecret` waits for one. */
  secrets: readonly SecretIn[]
  /** Schemas by event type; `customer.*` stands for all that begin so. */
  events?: Record<string, StandardSchema>
  /** The public URL as the provider has it: needed where it is signed. */
  url?: string
  tolerance?: number
  /** Header names or JSON pointers, instead of the provider's. */
  id?: Rule | string
  type?: Rule | string
  settings?: Settings
  fetchKey?: FetchKey
  /** What was agreed on with the provider for its handshake (Meta). */
  verifyToken?: string
  /** Origins that may send (CloudEvents). Default: any. */
  allowedOrigins?: readonly string[]
  /** Keeps the secret that a provider names in its handshake (Asana, Notion); before the answer. */
  onSecret?: (secret: string) => Promise<void>
}

export type ReceivedEvent<Data = unknown> = WebhookEvent & {
  source: string
  /** The body, or its item where it lists events; the schema's output where there is one. */
  data: Data
}

/** An event as it can be stored: JSON. `receiver.process` runs its handler. */
export type QueuedEvent = {
  source: string
  id: string | null
  type: string | null
  at: string | null
  /** Where the event is in the body. */
  pointer: string
  method: string
  url: string
  headers: [name: string, value: string][]
  /** Base64 of the body. */
  body: string
  verification: WebhookEvent['verification']
}

export type HandlerContext = {
  /** Aborted when the handler took too long. */
  signal: AbortSignal
  /** Which run of this event it is, from 1; null when the store does not count. */
  attempt: number | null
}

export type Handler<Data> = (event: ReceivedEvent<Data>, context: HandlerContext) => unknown

export type ReceiverOptions<S> = {
  sources: S
  store: Store
  /** `first`: the answer is 200 once `enqueue` kept the event; run `process` on it afterwards. */
  acknowledge?: 'after-handler' | 'first'
  /** Must be durable when it resolves: a platform's `waitUntil` is not. */
  enqueue?: (event: QueuedEvent) => Promise<void>
  /** An event of a type without a schema, where the source has schemas. Default `accept`. */
  unknownEvent?: 'accept' | 'reject'
  onUnknown?: (event: ReceivedEvent) => unknown
  /** An event that its schema refuses. Default `quarantine`: 200, with `onInvalid`. */
  invalidEvent?: 'quarantine' | 'reject'
  onInvalid?: (event: ReceivedEvent, issues: readonly Issue[]) => unknown
  limits?: { body?: number; handlerSeconds?: number }
  /** Told of everything that was not handled. Default: a line on the console. */
  onError?: (error: WebhookError, event: ReceivedEvent | null) => unknown
  clock?: () => Date
  /** For addresses that a handshake confirms (Amazon SNS). */
  fetch?: (url: string, init: { redirect: 'error' }) => Promise<{ ok: boolean }>
}

export type OutcomeKind =
  | 'handled'
  | 'duplicate'
  | 'in_progress'
  | 'ignored'
  | 'handshake'
  | 'rejected'
  | 'failed'

export type Outcome = {
  outcome: OutcomeKind
  response: Response
  source: string | null
  /** Several when the body lists events. */
  events: ReceivedEvent[]
  error: WebhookError | null
}

export type ReceiverSource = {
  receive(input: Input): Promise<Outcome>
  fetch(request: Request): Promise<Response>
}

export type Receiver<S> = {
  on<N extends EventName<S>>(name: N, handler: Handler<DataOf<S, N>>): void
  /** The last segment of the path names the source. */
  receive(input: Input): Promise<Outcome>
  fetch(request: Request): Promise<Response>
  source(name: keyof S & string): ReceiverSource
  /** Runs the handler of an event that `enqueue` kept. Throws what the handler throws. */
  process(event: QueuedEvent): Promise<void>
  testing: {
    sign(source: keyof S & string, payload: unknown, options?: SignOptions): Promise<Request>
  }
}
