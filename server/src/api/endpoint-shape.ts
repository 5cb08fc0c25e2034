// The wire shapes of an endpoint, and what they mean inside.
import { z } from 'zod'
import { type Caller, visibleFlags } from '../domain/access.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { invalid } from '../domain/errors.ts'
import type { Db } from '../store/connect.ts'
import type { EndpointFields } from '../store/endpoints.ts'
import { findUnusableEventTypes } from '../store/event-types.ts'
import type { ApiDeps } from './deps.ts'
import { EndpointAuthIn } from './endpoint-auth-shape.ts'
import {
  channels,
  cleanText,
  eventTypeOrGroup,
  metadata,
  namesTo,
  retrySchedule,
  throttleRate,
  time,
  uid,
} from './fields.ts'
import { FilterOut, filterJson } from './filter-shape.ts'
import { wireShapes } from './shapes.ts'

const MAX_URL = 65_536
export const eventTypes = () =>
  z
    .array(eventTypeOrGroup())
    .min(1)
    .transform((names) => [...new Set(names)])

const version = () => z.number().int().min(1).max(65_535)

/** `filterTypes` and `rateLimit` are the older names of `eventTypes` and `throttleRate`. */
export const EndpointUpdate = z
  .object({
    url: z
      .string()
      .max(MAX_URL)
      .meta({ format: 'uri', examples: ['https://example.com/webhook'] }),
    description: cleanText(10_000).optional(),
    uid: uid('endpoint').nullish(),
    disabled: z.boolean().optional(),
    eventTypes: eventTypes().nullish(),
    filterTypes: eventTypes().nullish().meta({ deprecated: true }),
    channels: channels().nullish(),
    throttleRate: throttleRate().nullish(),
    rateLimit: throttleRate().nullish().meta({ deprecated: true }),
    retrySchedule: retrySchedule().nullish(),
    disableAfterFailures: z.number().int().min(0).max(10_000).nullish().meta({
      description:
        'Failed deliveries in a row that switch it off; null is as the environment says, 0 never',
    }),
    fifo: z
      .boolean()
      .optional()
      .meta({ description: 'One message after the other, in the order they were accepted' }),
    gzip: z
      .boolean()
      .optional()
      .meta({ description: 'Bodies of 1,024 bytes and more are sent compressed' }),
    /** A PUT without one leaves it as it is: clients that know of none must not take it away. */
    filter: filterJson().optional(),
    metadata: metadata().optional(),
    version: version().nullish(),
  })
  .register(wireShapes, { id: 'EndpointUpdate' })
export const EndpointIn = EndpointUpdate.extend({
  secret: z.string().max(200).nullish(),
  headers: namesTo(z.string()).nullish(),
  auth: EndpointAuthIn.nullish(),
}).register(wireShapes, { id: 'EndpointIn' })
export const EndpointPatch = EndpointUpdate.partial()
  .extend({ version: version().optional() })
  .register(wireShapes, { id: 'EndpointPatch' })

export const EndpointOut = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    uid: z.string().nullable(),
    disabled: z.boolean(),
    eventTypes: z.array(z.string()).nullable(),
    filterTypes: z.array(z.string()).nullable(),
    channels: z.array(z.string()).nullable(),
    throttleRate: z.number().nullable(),
    rateLimit: z.number().nullable(),
    /** Seconds before attempts 2, 3, …; null leaves it to the event type, and that to the configuration. */
    retrySchedule: z.array(z.number()).nullable(),
    disableAfterFailures: z.number().nullable(),
    fifo: z.boolean(),
    gzip: z.boolean(),
    filter: FilterOut(),
    metadata: z.record(z.string(), z.string()),
    version: z.number(),
    /** Why it is disabled: by hand, because it answered 410, because it asked to, because it kept failing, failed so often in a row, or because its URL is not verified yet. */
    disabledReason: z
      .enum(['manual', 'gone', 'receiver', 'failing', 'failures', 'unverified'])
      .optional(),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'EndpointOut' })

type Body = z.output<typeof EndpointPatch>

/** Absent members are undefined, so that a patch keeps what it does not name. */
export function toPatchFields(body: Body) {
  const { eventTypes = body.filterTypes, throttleRate = body.rateLimit } = body
  const { uid, description, disabled, channels, retrySchedule, fifo, metadata, version } = body
  const { disableAfterFailures, gzip } = body
  return {
    ...{ uid, description, disabled, eventTypes, channels },
    ...{ disableAfterFailures, throttleRate, retrySchedule, fifo, gzip, metadata, version },
  }
}

/** Absent members return to their defaults; the filter, which needs the store, is read apart. */
export function toFields(body: z.output<typeof EndpointUpdate>): Omit<EndpointFields, 'filter'> {
  const fields = toPatchFields({ ...body, version: body.version ?? 1 })
  return {
    ...parseUrl(body.url),
    uid: fields.uid ?? null,
    description: fields.description ?? '',
    disabled: fields.disabled ?? false,
    eventTypes: fields.eventTypes ?? null,
    channels: fields.channels ?? null,
    throttleRate: fields.throttleRate ?? null,
    retrySchedule: fields.retrySchedule ?? null,
    disableAfterFailures: fields.disableAfterFailures ?? null,
    fifo: fields.fifo ?? false,
    gzip: fields.gzip ?? false,
    metadata: fields.metadata ?? {},
    version: fields.version ?? 1,
  }
}

export type UrlParts = { url: string; credentials: string | null }

/**
 * The URL as it is stored: parsed once, without fragment, with its credentials taken out.
 * Throws 422 for what is no http(s) URL.
 */
export function parseUrl(text: string, field = ['url']): UrlParts {
  const parsed = URL.parse(text)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw invalid(['body', ...field], 'expected an absolute http:// or https:// URL')
  }
  const { username, password } = parsed
  parsed.username = ''
  parsed.password = ''
  parsed.hash = ''
  return { url: parsed.href, credentials: credentialsOf(username, password, field) }
}

type Asked = {
  caller: Caller
  deps: Pick<ApiDeps, 'urlProblem' | 'settingsOf'>
  /** The member of the body that it stands in. */
  field?: string[]
}

/** Throws 422 for a URL that leads where deliveries may not go. Asks the resolver. */
export async function assertReachable(text: string, { caller, deps, field = ['url'] }: Asked) {
  const { url } = parseUrl(text, field)
  const { enforceHttps } = await deps.settingsOf(caller.environmentId)
  if (enforceHttps && !url.startsWith('https:')) {
    throw invalid(['body', ...field], 'expected an https:// URL: this environment takes no other')
  }
  const problem = await deps.urlProblem(url)
  if (problem !== null) throw invalid(['body', ...field], problem)
}

function credentialsOf(username: string, password: string, field: string[]): string | null {
  if (username === '' && password === '') return null
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    throw invalid(['body', ...field], 'the user name or password is not percent-encoded UTF-8')
  }
}

/** Throws 422 that lists the names which are no event types to the caller, or archived ones. */
export async function assertEventTypes(db: Db, caller: Caller, names: string[] | null | undefined) {
  if (names === null || names === undefined) return
  const unusable = await findUnusableEventTypes(db, caller.environmentId, names, {
    flags: visibleFlags(caller),
  })
  if (unusable.length > 0) {
    throw invalid(['body', 'eventTypes'], `no such event types: ${unusable.join(', ')}`)
  }
}

export const toEndpointOut = (endpoint: Endpoint): z.input<typeof EndpointOut> => ({
  id: endpoint.id,
  url: endpoint.url,
  description: endpoint.description,
  uid: endpoint.uid,
  disabled: endpoint.disabled,
  eventTypes: endpoint.eventTypes,
  filterTypes: endpoint.eventTypes,
  channels: endpoint.channels,
  throttleRate: endpoint.throttleRate,
  rateLimit: endpoint.throttleRate,
  retrySchedule: endpoint.retrySchedule && [...endpoint.retrySchedule],
  disableAfterFailures: endpoint.disableAfterFailures,
  fifo: endpoint.fifo,
  gzip: endpoint.gzip,
  filter: endpoint.filter as Record<string, unknown> | null,
  metadata: endpoint.metadata,
  version: endpoint.version,
  ...(endpoint.disabledReason !== null && { disabledReason: endpoint.disabledReason }),
  createdAt: endpoint.createdAt.toISOString(),
  updatedAt: endpoint.updatedAt.toISOString(),
})
