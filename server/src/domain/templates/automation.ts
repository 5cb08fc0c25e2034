// Platforms that take any JSON and let their users pick fields: id, type and time beside the payload.
import { request, withPayload } from './requests.ts'
import type { Template } from './template.ts'

const automation = (name: string, title: string, about: string): Template => ({
  name,
  title,
  about,
  fields: [],
  shape(input) {
    const { messageId: id, eventType: type, at } = input
    const body = withPayload(input, { id, type, timestamp: at.toISOString() }, 'data')
    return request(input, { contentType: 'application/json', body })
  },
})

export const zapier = automation('zapier', 'Zapier', 'For the trigger “Catch Hook”.')
export const make = automation('make', 'Make', 'For the trigger “Custom webhook”.')
export const n8n = automation('n8n', 'n8n', 'For a Webhook node with the method POST.')
