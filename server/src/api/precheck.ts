import { z } from 'zod'
import { hasMatchingEndpoint } from '../store/endpoints.ts'
import { channels, eventTypeName } from './fields.ts'
import { route } from './route.ts'

export const precheck = route({
  method: 'POST',
  path: '/api/v1/app/:app_id/msg/precheck/active',
  access: 'environment',
  sends: true,
  operationId: 'v1.message.precheck',
  summary: 'Whether any endpoint would get such a message now',
  body: z.object({ eventType: eventTypeName(), channels: channels().nullish() }),
  transaction: false,
  records: { nothing: 'it only looks' },
  status: 200,
  output: z.object({ active: z.boolean() }),
  async handle({ application, body }, { store }) {
    const { eventType, channels = null } = body
    return { active: await hasMatchingEndpoint(store.db, application.id, { eventType, channels }) }
  },
})
