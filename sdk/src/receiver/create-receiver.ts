// From a request to a handler that ran once: read → handshake → verify → cut into events → validate →
// reserve → run (or enqueue) → complete → answer. What comes after `reserve` is in run-event.ts.

import { isForm, readBody } from '../verification/body.ts'
import { extractEvents } from '../verification/extract.ts'
import { answerHandshake, type HandshakeResult } from '../verification/handshake.ts'
import type { Answer } from '../verification/preset.ts'
import { headerValues, type InboundRequest } from '../verification/request.ts'
import { schemeOf } from '../verification/scheme-of.ts'
import { assertUsable } from '../verification/verify-scheme.ts'
import { type Finding, WebhookError } from '../verification/webhook-error.ts'
import { type Input, readInput } from './input.ts'
import { fromQueued } from './queued.ts'
import { createRunner, type Incoming } from './run-event.ts'
import { signTest } from './testing.ts'
import type {
  Handler,
  Outcome,
  OutcomeKind,
  ReceivedEvent,
  Receiver,
  ReceiverOptions,
  ReceiverSource,
  SourceOptions,
} from './types.ts'
import { rulesOf, toHeaders, verifyInbound } from './verify.ts'

const BODY_BYTES = 5 * 1024 * 1024
const RETRY_AFTER_SECONDS = '5'

/** Receives for several sources. Throws where one of them could never verify anything. */
export function createReceiver<const S extends Record<string, SourceOptions>>(
  options: ReceiverOptions<S>,
): Receiver<S> {
  const { sources, clock = () => new Date(), limits = {}, fetch: call = fetchOf() } = options
  for (const [name, source] of Object.entries(sources)) assertSource(name, source)
  const handlers = new Map<string, Handler<never>>()
  const onError = options.onError ?? logError
  const runner = createRunner({ ...options, onError }, handlers)

  async function receiveFor(name: string, input: Input): Promise<Outcome> {
    const source = sources[name]!
    try {
      const { request, findings } = await readInput(input, limits.body ?? BODY_BYTES)
      const handshake = await tryHandshake(request, source)
      if (handshake) return handshake
      if (request.method.toUpperCase() !== 'POST') return notAllowed(name)
      const events = await readEvents(name, source, { request, findings })
      const results = []
      for (const incoming of events) results.push(await runner.handle(incoming, source))
      return answerOf(name, source, results)
    } catch (thrown) {
      if (!(thrown instanceof WebhookError)) throw thrown
      await onError(thrown, null)
      const response = WebhookError.toResponse(thrown)
      return { outcome: 'rejected', response, source: name, events: [], error: thrown }
    }

    async function tryHandshake(request: InboundRequest, { provider, variant }: SourceOptions) {
      const result = await answerHandshake(request, provider, {
        scheme: schemeOf(provider, variant),
        secrets: source.secrets,
        now: clock(),
        verifyToken: source.verifyToken ?? null,
        ...(source.allowedOrigins && { allowedOrigins: source.allowedOrigins }),
        verify: async () => {
          try {
            return { ok: true, scheme: 'custom', ...(await check(request, source, [])) }
          } catch (error) {
            if (!(error instanceof WebhookError)) throw error
            const { code, message, findings } = error
            return { ok: false, code, message, findings, error }
          }
        },
      })
      return result === null ? null : await finishHandshake(name, result)
    }
  }

  const check = async (request: InboundRequest, source: SourceOptions, findings: Finding[]) =>
    await verifyInbound(request, { ...source, now: clock() }, findings)

  async function finishHandshake(name: string, result: HandshakeResult): Promise<Outcome> {
    const bare = { outcome: 'handshake' as const, source: name, events: [], error: null }
    if (result.kind === 'rejected') {
      await onError(result.error, null)
      const { status, error } = result
      const response =
        status === error.status ? WebhookError.toResponse(error) : new Response(null, { status })
      return { ...bare, outcome: 'rejected', response, error }
    }
    // The answer tells the provider that the secret is kept, and the address called.
    const { capture, confirm } = result
    if (capture !== null) {
      await attempt('The secret could not be kept.', () => sources[name]!.onSecret!(capture))
    }
    if (confirm !== null) {
      await attempt('The subscription could not be confirmed.', async () => {
        const { ok } = await call(confirm, { redirect: 'error' })
        if (!ok) throw new Error('It was not answered with 2xx.')
      })
    }
    return { ...bare, response: toResponse(result.answer) }
  }

  async function readEvents(
    name: string,
    source: SourceOptions,
    { request, findings }: { request: InboundRequest; findings: Finding[] },
  ): Promise<Incoming[]> {
    const checked = await check(request, source, findings)
    const scheme = schemeOf(source.provider, source.variant)
    const rules = rulesOf(source)
    const { bodyAuthenticated } = checked
    const extracted = await extractEvents(request, rules, {
      scheme,
      split: true,
      bodyAuthenticated,
    })
    const json = () => readBody(request, rules.formField).json()
    return extracted.map(({ id, type, at, pointer, data }) => {
      const verification = { scheme: scheme.kind, ...checked }
      const common = { id, type, at, raw: request.body, headers: toHeaders(request), json }
      const event: ReceivedEvent = {
        ...common,
        verification,
        findings,
        source: name,
        data: pointer === '' ? parse(request, json) : data,
      }
      return { event, request, pointer }
    })
  }

  async function receive(input: Input): Promise<Outcome> {
    const path = input.url.replace(/[?#].*$/s, '')
    const name = decodeName(path.slice(path.lastIndexOf('/') + 1))
    if (name !== null && Object.hasOwn(sources, name)) return await receiveFor(name, input)
    const response = new Response(null, { status: 404 })
    return { outcome: 'rejected', response, source: null, events: [], error: null }
  }

  return {
    on: (name, handler) => void handlers.set(name, handler as Handler<never>),
    receive,
    fetch: async (request) => (await receive(request)).response,
    source(name): ReceiverSource {
      if (!Object.hasOwn(sources, name)) throw new RangeError(`There is no source "${name}".`)
      return {
        receive: async (input) => await receiveFor(name, input),
        fetch: async (request) => (await receiveFor(name, request)).response,
      }
    },
    async process(queued) {
      const source = sources[queued.source]
      if (source === undefined) throw new RangeError(`There is no source "${queued.source}".`)
      await runner.run(fromQueued(queued, rulesOf(source).formField), source)
    },
    testing: {
      sign: async (name, payload, given = {}) =>
        await signTest({ name, source: sources[name]!, clock }, payload, given),
    },
  }
}

function assertSource(name: string, { provider, variant, secrets, onSecret }: SourceOptions) {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new TypeError(`A source's name is letters, digits, ".", "_" and "-", not "${name}".`)
  }
  const waits = provider.handshakes?.some(({ capture }) => capture) && onSecret !== undefined
  if (waits && secrets.length === 0) return
  try {
    assertUsable({ scheme: schemeOf(provider, variant), secrets, verifier: provider.verifier })
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    throw new WebhookError(error.code, `Source "${name}": ${error.message}`, { cause: error })
  }
}

// Called as a function of its own: some platforms refuse `fetch` as a method.
const fetchOf = (): NonNullable<ReceiverOptions<unknown>['fetch']> => async (url, init) =>
  await fetch(url, init)

/** What nobody was told of would be lost. */
function logError({ code, message, findings, cause }: WebhookError) {
  // biome-ignore lint/suspicious/noConsole: the default of `onError`.
  console.error(
    `bellwire: ${code}: ${message}`,
    ...findings.map(({ sentence }) => sentence),
    cause ?? '',
  )
}

function notAllowed(source: string): Outcome {
  const response = new Response(null, { status: 405, headers: { allow: 'POST' } })
  return { outcome: 'rejected', response, source, events: [], error: null }
}

// The provider must come again if one of its events needs it to.
const WORST: OutcomeKind[] = [
  'failed',
  'in_progress',
  'rejected',
  'handled',
  'ignored',
  'duplicate',
]

type Result = { outcome: OutcomeKind; event: ReceivedEvent; error: WebhookError | null }

function answerOf(name: string, { provider }: SourceOptions, results: Result[]): Outcome {
  const worst = WORST.map((kind) => results.find(({ outcome }) => outcome === kind)).find(Boolean)
  const { outcome = 'ignored', error = null } = worst ?? {}
  const events = results.map(({ event }) => event)
  const response = error ? WebhookError.toResponse(error) : toResponse(provider.answer)
  if (outcome === 'in_progress') response.headers.set('retry-after', RETRY_AFTER_SECONDS)
  return { outcome, response, source: name, events, error }
}

function toResponse({ status, headers = {}, body }: Answer = { status: 200 }): Response {
  return new Response(body ?? null, { status, headers })
}

/** What does not say that it is something else is JSON, or an error. */
function parse(request: InboundRequest, json: () => unknown): unknown {
  const type = headerValues(request, 'content-type')[0] ?? ''
  return type === '' || isForm(request) || /json|^text\/plain/i.test(type) ? json() : undefined
}

async function attempt(problem: string, effect: () => Promise<void>) {
  try {
    await effect()
  } catch (cause) {
    throw new WebhookError('undecided', problem, { cause })
  }
}

function decodeName(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
