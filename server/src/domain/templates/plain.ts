import { request } from './requests.ts'
import type { Template } from './template.ts'

export const plain: Template = {
  name: 'plain',
  title: 'Plain JSON',
  about: 'The payload as it was sent.',
  fields: [],
  shape: (input) => request(input, { body: input.payload }),
}
