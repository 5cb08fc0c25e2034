// What became of messages: per endpoint, and per message.
import { z } from 'zod'
import { type AttemptedEndpoint, listAttemptedEndpoints } from '../store/attempted-endpoints.ts'
import { type AttemptedMessage, listAttemptedMessages } from '../store/attempted-messages.ts'
import { getMessage } from '../store/messages.ts'
import { statesShownAs, statusOut, toStatusOut } from './delivery-status.ts'
import { EndpointOut, toEndpointOut } from './endpoint-shape.ts'
import {
  byId,
  choice,
  dateTime,
  envelope,
  flag,
  pageById,
  pageQuery,
  text,
  texts,
  toEnvelope,
} from './lists.ts'
import { MessageOut, toEnvelopeJson, toMessageJson } from './message-shape.ts'
import { route } from './route.ts'

const AttemptedMessageOut = MessageOut.extend(statusOut)
const AttemptedEndpointOut = EndpointOut.omit({ metadata: true }).extend(statusOut)

export const attemptedRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_id/msg',
    access: 'application',
    operationId: 'v1.message-attempt.list-attempted-messages',
    summary: 'List the messages for an endpoint and what became of each, newest first',
    query: z.object({
      ...pageQuery,
      status: choice(['0', '1', '2', '3', '4']),
      channel: text(),
      tag: text(),
      event_types: texts(),
      before: dateTime(),
      after: dateTime(),
      with_content: flag(true),
      expanded_statuses: flag(false),
      with_filtered: flag(false),
    }),
    status: 200,
    output: envelope(AttemptedMessageOut),
    async handle({ endpoint, query }, { store, clock }) {
      const { before, after, event_types: eventTypes, with_filtered: withFiltered } = query
      const shown = { expanded: query.expanded_statuses || withFiltered }
      const page = await listAttemptedMessages(store.db, endpoint, {
        request: pageById(query, 'message', 'descending'),
        filter: {
          before,
          after,
          eventTypes,
          channel: query.channel ?? null,
          tag: query.tag ?? null,
          states: statesShownAs(query.status, shown),
          withFiltered,
        },
        now: clock(),
      })
      const out = (message: AttemptedMessage) => {
        const more = toStatusOut(message.delivery, shown)
        return toMessageJson(message, { withContent: query.with_content, more })
      }
      return toEnvelopeJson(toEnvelope(page, { name: byId, out }))
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/msg/:msg_id/endpoint',
    access: 'application',
    operationId: 'v1.message-attempt.list-attempted-destinations',
    summary: 'List the endpoints that a message is for, deleted ones too, and what became of each',
    query: z.object({ ...pageQuery, expanded_statuses: flag(false), with_filtered: flag(false) }),
    status: 200,
    output: envelope(AttemptedEndpointOut),
    async handle({ application, params, query }, { store }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const withFiltered = query.with_filtered
      const request = { ...pageById(query, 'endpoint', 'ascending'), withFiltered }
      const expanded = query.expanded_statuses || withFiltered
      const page = await listAttemptedEndpoints(store.db, message, request)
      const out = ({ delivery, ...endpoint }: AttemptedEndpoint) => {
        const { metadata: _, ...rest } = toEndpointOut(endpoint)
        return { ...rest, ...toStatusOut(delivery, { expanded }) }
      }
      return toEnvelope(page, { name: byId, out })
    },
  }),
]
