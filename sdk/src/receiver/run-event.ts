import type { InboundRequest } from '../verification/request.ts'
import { WebhookError } from '../verification/webhook-error.ts'
import { toQueued } from './queued.ts'
import { findByName, type StandardSchema } from './schema.ts'
import type {
  Handler,
  OutcomeKind,
  ReceivedEvent,
  ReceiverOptions,
  SourceOptions,
} from './types.ts'

/** An event and the request that it came in. */
export type Incoming = { event: ReceivedEvent; request: InboundRequest; pointer: string }

export type RunResult = { outcome: OutcomeKind; event: ReceivedEvent; error: WebhookError | null }

const HANDLER_SECONDS = 9
const LEASE_SECONDS = 60
const KEEP_SECONDS = 7 * 86_400

/** Runs each event once: nothing here answers 2xx before the handler, or `enqueue`, is done. */
export function createRunner(
  options: ReceiverOptions<unknown> & Required<Pick<ReceiverOptions<unknown>, 'onError'>>,
  handlers: ReadonlyMap<string, Handler<never>>,
) {
  const { store, acknowledge = 'after-handler', enqueue, limits, onError } = options
  const { leaseSeconds = LEASE_SECONDS, keepSeconds = KEEP_SECONDS } = store
  const handlerSeconds = limits?.handlerSeconds ?? HANDLER_SECONDS
  if (acknowledge === 'first' && !enqueue) {
    throw new TypeError('acknowledge: "first" needs `enqueue`, which keeps the event durably.')
  }
  if (leaseSeconds <= handlerSeconds) {
    throw new RangeError(
      `The lease (${leaseSeconds} s) must outlast a handler (${handlerSeconds} s).`,
    )
  }

  /** Never throws for what a handler, a schema or the store does. */
  async function handle(incoming: Incoming, source: SourceOptions): Promise<RunResult> {
    const { event } = incoming
    try {
      const refused = await validate(event, source)
      if (refused) return { outcome: refused, event, error: null }
      return { outcome: await once(incoming), event, error: null }
    } catch (thrown) {
      if (!(thrown instanceof WebhookError)) throw thrown
      await onError(thrown, event)
      return { outcome: OUTCOMES[thrown.code] ?? 'failed', event, error: thrown }
    }
  }

  async function once(incoming: Incoming): Promise<OutcomeKind> {
    const { id, type, source } = incoming.event
    const handler = handlerOf(incoming.event)
    if (!handler && acknowledge !== 'first') return 'ignored'
    if (id === null) return await work(incoming, null)
    const key = `${source}:${type ?? ''}:${id}`
    const owner = crypto.randomUUID()
    const state = await asking(() => store.reserve(key, owner, leaseSeconds))
    if (state === 'done') return 'duplicate'
    if (state === 'in_progress') {
      throw new WebhookError('in_progress', 'Another run of this event is under way.')
    }
    return await work(incoming, { key, owner })
  }

  async function work(incoming: Incoming, lease: Lease | null): Promise<OutcomeKind> {
    const done = async () => {
      if (lease) await asking(() => store.complete(lease.key, lease.owner, keepSeconds))
    }
    const freed = async () => {
      if (lease) await asking(() => store.fail(lease.key, lease.owner))
    }
    if (acknowledge === 'first') {
      try {
        await enqueue!(toQueued(incoming))
      } catch (cause) {
        await freed()
        throw new WebhookError('store_unavailable', '`enqueue` failed.', { cause })
      }
    } else {
      const attempt = lease && store.attempt ? await asking(() => store.attempt!(lease.key)) : null
      await runInTime(incoming.event, attempt, { done, freed })
    }
    await done()
    return 'handled'
  }

  /** A handler that is too slow keeps its lease, so that no second one starts beside it. */
  async function runInTime(event: ReceivedEvent, attempt: number | null, { done, freed }: Settle) {
    const controller = new AbortController()
    const running = Promise.resolve().then(() =>
      handlerOf(event)?.(event as ReceivedEvent<never>, { signal: controller.signal, attempt }),
    )
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), handlerSeconds * 1000)
    })
    try {
      if ((await Promise.race([running, late])) !== 'late') return
    } catch (cause) {
      await freed()
      throw new WebhookError('handler_failed', 'The handler threw.', { cause })
    } finally {
      clearTimeout(timer)
    }
    const message = `The handler took longer than ${handlerSeconds} s.`
    const error = new WebhookError('handler_timeout', message)
    // Whichever way it ends, later, is the store's business; a failing store lets the lease end.
    running.then(done, freed).catch(() => undefined)
    controller.abort(error)
    throw error
  }

  /** The handler itself, for events that were kept: what it throws is the caller's. */
  async function run({ event }: Incoming, source: SourceOptions): Promise<void> {
    if (await validate(event, source)) return
    const { signal } = new AbortController()
    await handlerOf(event)?.(event as ReceivedEvent<never>, { signal, attempt: null })
  }

  const handlerOf = ({ source, type }: ReceivedEvent) =>
    findByName(handlers, `${source}:${type ?? ''}`)

  /** Puts the schema's output into `data`; null when the event may run. */
  async function validate(
    event: ReceivedEvent,
    source: SourceOptions,
  ): Promise<OutcomeKind | null> {
    const { events } = source
    if (events === undefined) return null
    const schema = findByName<StandardSchema>(new Map(Object.entries(events)), event.type ?? '')
    if (schema === undefined) {
      if (options.unknownEvent === 'reject') {
        throw new WebhookError('event_unknown', `There is no schema for "${event.type}".`)
      }
      await calling('onUnknown', () => options.onUnknown?.(event))
      return 'ignored'
    }
    const result = await calling('The schema', () => schema['~standard'].validate(event.data))
    if (result.issues === undefined) {
      event.data = result.value
      return null
    }
    if (options.invalidEvent === 'reject') {
      const problems = result.issues.map(({ message }) => message).join('; ')
      throw new WebhookError('event_invalid', `The event does not fit its schema: ${problems}`)
    }
    await calling('onInvalid', () => options.onInvalid?.(event, result.issues))
    return 'ignored'
  }

  return { handle, run }
}

type Lease = { key: string; owner: string }
type Settle = { done: () => Promise<void>; freed: () => Promise<void> }

const OUTCOMES: Partial<Record<WebhookError['code'], OutcomeKind>> = {
  in_progress: 'in_progress',
  event_unknown: 'rejected',
  event_invalid: 'rejected',
}

/** What the receiver's own code throws is a failure like a handler's. */
async function calling<T>(what: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw new WebhookError('handler_failed', `${what} threw.`, { cause })
  }
}

/** Better twice than never: without the store nothing is answered with 2xx. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new WebhookError('store_unavailable', 'The store of handled events failed.', { cause })
  }
}
