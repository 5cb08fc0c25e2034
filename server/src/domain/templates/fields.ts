import { jsonRequest } from './requests.ts'
import type { Template } from './template.ts'
import { listIn, picked } from './values.ts'

export const onlyFields: Template = {
  name: 'fields',
  title: 'Only these fields',
  about: 'A flat JSON object of the fields that you name.',
  fields: [
    {
      ...{ name: 'fields', title: 'Fields', type: 'list', required: true },
      about: '`name=payload.path`, or a path alone; also `type`, `id` and `time`',
    },
  ],
  shape: (input, parameters) =>
    jsonRequest(
      input,
      Object.fromEntries(
        picked(listIn(parameters, 'fields'), input).map(([name, value]) => [name, value ?? null]),
      ),
    ),
}
