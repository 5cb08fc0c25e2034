// Records of CRMs: which field of theirs gets which value of the payload.
import { jsonRequest } from './requests.ts'
import type { Field, Parameters, Template, TemplateInput } from './template.ts'
import { listIn, picked, textIn, textOf } from './values.ts'

const FIELDS: Field[] = [
  {
    name: 'token',
    title: 'Access token',
    type: 'secret',
    required: true,
    about: 'Sent as `Authorization: Bearer …`',
  },
  {
    name: 'fields',
    title: 'Fields',
    type: 'list',
    required: true,
    about: '`theirs=payload.path`: `email=payload.contact.email`',
  },
]

const bearer = (parameters: Parameters) => ({
  authorization: `Bearer ${textIn(parameters, 'token')}`,
})

/** What the payload lacks is not sent: an empty text would erase what is there. */
const present = (input: TemplateInput, parameters: Parameters) =>
  picked(listIn(parameters, 'fields'), input).filter(
    ([, value]) => value !== undefined && value !== null,
  )

export const hubspot: Template = {
  name: 'hubspot',
  title: 'HubSpot',
  about: 'Makes a record; the URL is `https://api.hubapi.com/crm/v3/objects/contacts`, or another.',
  fields: FIELDS,
  shape(input, parameters) {
    const pairs = present(input, parameters).map(([name, value]) => [name, textOf(value)])
    return jsonRequest(input, { properties: Object.fromEntries(pairs) }, bearer(parameters))
  },
}

export const salesforce: Template = {
  name: 'salesforce',
  title: 'Salesforce',
  about:
    'Makes a record; the URL is `https://<host>/services/data/v62.0/sobjects/Lead`, or another.',
  fields: FIELDS,
  shape: (input, parameters) =>
    jsonRequest(input, Object.fromEntries(present(input, parameters)), bearer(parameters)),
}
