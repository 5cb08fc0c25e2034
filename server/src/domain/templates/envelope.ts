// The payload in an envelope that proves itself by a secret in the body.
import { request, withPayload } from './requests.ts'
import type { Template } from './template.ts'
import { constants, listIn, textIn } from './values.ts'

const nameField = (name: string, title: string, initial: string) =>
  ({ name, title, type: 'text', required: false, about: `\`${initial}\` unless given` }) as const

export const envelope: Template = {
  name: 'envelope',
  title: 'Envelope with a shared secret',
  about: '`{"event": …, "secret": …, "payload": …}`, under names of your choice.',
  fields: [
    {
      name: 'secret',
      title: 'Secret',
      type: 'secret',
      required: true,
      about: 'Sent with every message, for the receiver to compare',
    },
    nameField('secretField', 'Name of the secret', 'secret'),
    nameField('typeField', 'Name of the event type', 'event'),
    nameField('payloadField', 'Name of the payload', 'payload'),
    {
      name: 'constants',
      title: 'Constants',
      type: 'list',
      required: false,
      about: '`name=value`, put first: `id_space=eb8edc65`',
    },
  ],
  shape(input, parameters) {
    const nameOf = (field: string, initial: string) => textIn(parameters, field) || initial
    const before = Object.fromEntries([
      ...constants(listIn(parameters, 'constants')),
      [nameOf('typeField', 'event'), input.eventType],
      [nameOf('secretField', 'secret'), textIn(parameters, 'secret')],
    ])
    const body = withPayload(input, before, nameOf('payloadField', 'payload'))
    return request(input, { contentType: 'application/json', body })
  },
}
