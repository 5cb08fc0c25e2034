// Fields in the URL or in a form, for receivers of the oldest kind.
import { request } from './requests.ts'
import type { Field, Parameters, Template, TemplateInput } from './template.ts'
import { constants, flattened, listIn, picked, textIn, textOf } from './values.ts'

const FIELDS: Field[] = [
  {
    name: 'fields',
    title: 'Fields',
    type: 'list',
    required: false,
    about: '`name=payload.path`, or a path alone; without any every field of the payload',
  },
  {
    name: 'constants',
    title: 'Constants',
    type: 'list',
    required: false,
    about: '`name=value`, put before the fields',
  },
]

function pairsOf(input: TemplateInput, parameters: Parameters): [string, string][] {
  const fields = listIn(parameters, 'fields')
  const wanted =
    fields.length === 0
      ? flattened(input.json)
      : picked(fields, input).map(([name, value]): [string, string] => [name, textOf(value)])
  return [...constants(listIn(parameters, 'constants')), ...wanted]
}

const MAX_URL = 16_384

export const queryString: Template = {
  name: 'query-string',
  title: 'Query string',
  about: 'The fields of the payload in the URL; what is nested by names joined with dots.',
  fields: [
    {
      name: 'method',
      title: 'Method',
      type: 'choice',
      choices: ['GET', 'POST'],
      required: false,
      about: 'The HTTP method',
    },
    ...FIELDS,
  ],
  shape(input, parameters) {
    // A space is %20 here: `+` is one in forms only.
    const query = pairsOf(input, parameters)
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .join('&')
    const separator = input.url.includes('?') ? '&' : '?'
    const url = query === '' ? input.url : `${input.url}${separator}${query}`
    if (url.length > MAX_URL) {
      return { kind: 'failed', message: `The URL would have more than ${MAX_URL} characters` }
    }
    const method = textIn(parameters, 'method') || 'GET'
    return request(input, { method, url, body: null })
  },
}

export const form: Template = {
  name: 'form',
  title: 'Form',
  about: 'The fields of the payload as a form, `application/x-www-form-urlencoded`.',
  fields: FIELDS,
  shape: (input, parameters) =>
    request(input, {
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams(pairsOf(input, parameters)).toString(),
    }),
}

const encoded = (text: string) => encodeURIComponent(text.toWellFormed())
