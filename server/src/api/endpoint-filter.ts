// The filter of an endpoint: which of the messages for it are sent, by what they say.
import { z } from 'zod'
import type { Application } from '../domain/application.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { invalid } from '../domain/errors.ts'
import { wants } from '../domain/event-type-group.ts'
import type { Facts } from '../domain/filter/facts.ts'
import { explain, type Filter, ruleAgainst, segmentsIn } from '../domain/filter/filter.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from '../store/connect.ts'
import { getEndpointFilter, getFilter, setFilter } from '../store/endpoint-filters.ts'
import { getMessage } from '../store/messages.ts'
import { segmentsFor } from '../store/segments.ts'
import { noteEndpoint } from './endpoint-changes.ts'
import { channels, eventTypeName, tags } from './fields.ts'
import { FilterOut, filterJson, readFilter, toStoredFilter } from './filter-shape.ts'
import { route } from './route.ts'
import { onTheWire } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/filter'

const payload = () =>
  onTheWire(
    z.unknown().refine((value) => typeof value === 'object' && !Array.isArray(value), {
      error: 'expected an object',
    }),
    { type: ['object', 'null'] },
  )

export const endpointFilterRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.endpoint.get-filter',
    summary: 'Get the filter of an endpoint',
    status: 200,
    output: z.object({ filter: FilterOut() }),
    async handle({ endpoint }, { store }) {
      return { filter: await getFilter(store.db, endpoint.id) }
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.set-filter',
    summary: 'Set the filter of an endpoint; null takes it away',
    body: z.object({ filter: filterJson().optional() }),
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      // An absent one is more likely a mistake than a wish to get everything.
      const filter = await toStoredFilter(deps.store.db, ownerOf(application), body.filter)
      if (filter === undefined) throw invalid(['body', 'filter'], 'required: a filter, or null')
      const { before } = await setFilter(deps.store.db, endpoint.id, filter)
      await noteEndpoint(deps, {
        owner: application,
        endpoint,
        change: { before: { filter: before }, after: { filter: filter.json } },
        events: [{ type: 'endpoint.updated' }],
      })
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/test`,
    access: 'application',
    reads: true,
    operationId: 'bellwire.endpoint.test-filter',
    summary: 'Say whether an endpoint would get a message, and why; nothing is sent',
    body: z.object({
      msgId: z.string().max(256).nullish().meta({ description: 'A message that was sent before' }),
      eventType: eventTypeName().nullish(),
      payload: payload().optional(),
      channels: channels().nullish(),
      tags: tags().nullish(),
      filter: filterJson()
        .optional()
        .meta({ description: 'To be tried instead of the stored one' }),
    }),
    bodyOptional: true,
    records: { nothing: 'it only looks' },
    transaction: false,
    status: 200,
    output: z.object({
      matches: z.boolean(),
      /** What holds it back: the first of these. */
      reason: z.enum(['endpoint_disabled', 'event_type', 'channels', 'filtered']).nullable(),
      filteredBy: z.string().nullable(),
      checks: z.array(
        z.object({
          segment: z.string().nullable(),
          path: z.string(),
          operator: z.string(),
          /** As JSON, as what was found. */
          operand: z.string(),
          found: z.array(z.string()),
          holds: z.boolean(),
        }),
      ),
    }),
    async handle({ application, endpoint, body }, { store }) {
      const facts = await factsOf(store.db, application, body)
      const asked = await askedFilter(store.db, { application, endpoint, given: body.filter })
      const rule = asked && ruleAgainst(asked.filter, facts, asked.segments)
      const reason = reasonFor(endpoint, facts) ?? (rule === null ? null : 'filtered')
      return {
        matches: reason === null,
        reason,
        filteredBy: rule,
        checks: asked === null ? [] : explain(asked.filter, facts, asked.segments),
      }
    },
  }),
]

async function askedFilter(
  db: Db,
  {
    application,
    endpoint,
    given,
  }: { application: Application; endpoint: Endpoint; given: unknown },
) {
  if (given === undefined) return getEndpointFilter(db, endpoint.id)
  if (given === null) return null
  const filter: Filter = readFilter(given, { loc: ['body', 'filter'], segments: true })
  return { filter, segments: await segmentsFor(db, ownerOf(application), segmentsIn(filter)) }
}

type Asked = {
  msgId?: string | null | undefined
  eventType?: string | null | undefined
  payload?: unknown
  channels?: string[] | null | undefined
  tags?: string[] | null | undefined
}

async function factsOf(db: Db, application: Application, asked: Asked): Promise<Facts> {
  const { metadata } = application
  if (asked.msgId) {
    const message = await getMessage(db, application.id, asked.msgId)
    const { eventType: type, channels, tags } = message
    return { payload: payloadOf(message), type, channels, tags, metadata }
  }
  if (!asked.eventType) {
    throw invalid(['body', 'eventType'], 'required: an event type, or the id of a message as msgId')
  }
  const { eventType: type, payload = {}, channels = null, tags = null } = asked
  return { payload, type, channels, tags, metadata }
}

function payloadOf({ payload }: Message): unknown {
  try {
    return payload === null ? undefined : JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined
  }
}

/** As accept-messages.ts matches them. */
function reasonFor({ disabled, eventTypes, channels }: Endpoint, facts: Facts) {
  if (disabled) return 'endpoint_disabled' as const
  if (!wants(eventTypes, facts.type)) return 'event_type' as const
  const shared = channels?.some((channel) => facts.channels?.includes(channel)) ?? true
  return shared ? null : ('channels' as const)
}

const ownerOf = ({ environmentId, id }: Application) => ({ environmentId, applicationId: id })
