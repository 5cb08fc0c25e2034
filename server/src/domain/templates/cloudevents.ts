// CloudEvents 1.0 over HTTP. `source` and `id` together are unique, and a retry keeps them.
import { jsonRequest, request, withPayload } from './requests.ts'
import type { Field, Parameters, Template, TemplateInput } from './template.ts'
import { textIn } from './values.ts'

const SOURCE: Field = {
  name: 'source',
  title: 'Source',
  type: 'text',
  required: true,
  about: 'Where the event comes from, a URI reference: `https://example.com/crm`',
}

const attributes = ({ messageId, eventType, at }: TemplateInput, parameters: Parameters) => ({
  specversion: '1.0',
  id: messageId,
  source: textIn(parameters, 'source'),
  type: eventType,
  time: at.toISOString(),
})

const CONTENT_TYPE = 'application/cloudevents+json'

export const cloudeventsStructured: Template = {
  name: 'cloudevents-structured',
  title: 'CloudEvents, structured',
  about: 'Attributes and data in one JSON document.',
  fields: [SOURCE],
  shape(input, parameters) {
    const event = attributes(input, parameters)
    if (input.json === undefined) {
      const made = jsonRequest(input, { ...event, data_base64: input.payload.toString('base64') })
      return made.kind === 'request' ? { ...made, contentType: CONTENT_TYPE } : made
    }
    const head = { ...event, datacontenttype: 'application/json' }
    return request(input, { contentType: CONTENT_TYPE, body: withPayload(input, head, 'data') })
  },
}

export const cloudeventsBinary: Template = {
  name: 'cloudevents-binary',
  title: 'CloudEvents, binary',
  about: 'Attributes as `ce-` headers, the payload as the body.',
  fields: [SOURCE],
  shape(input, parameters) {
    const entries = Object.entries(attributes(input, parameters))
    const headers = Object.fromEntries(
      entries.map(([name, value]) => [`ce-${name}`, headerValue(value)]),
    )
    return request(input, { headers, body: input.payload })
  },
}

/** Space, quotation mark, per cent and what is not visible ASCII, as percent-encoded UTF-8. */
const headerValue = (value: string) =>
  value
    .toWellFormed()
    .replace(/[^!#$&-~]/gu, (character) =>
      [...Buffer.from(character)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    )
