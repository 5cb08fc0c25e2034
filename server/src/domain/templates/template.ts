// What a template is: a ready-made shape of requests, with a form of parameters.
import type { TemplateId } from '../ids.ts'
import type { Shaped, ShapeInput } from '../shape.ts'

export type Parameters = Record<string, string | string[]>

export type Field = {
  name: string
  title: string
  /** `secret` is kept sealed and never shown again; `list` is several texts. */
  type: 'text' | 'secret' | 'choice' | 'list'
  required: boolean
  /** Of a `choice`; the first is what an absent one means. */
  choices?: readonly string[]
  about: string
}

export type Template = {
  name: string
  title: string
  about: string
  fields: readonly Field[]
  /** Pure: the same message gives the same request at every attempt. */
  shape(input: TemplateInput, parameters: Parameters): Shaped
}

/** One that an operator added, for all applications of an environment. */
export type OwnTemplate = {
  id: TemplateId
  name: string
  title: string
  about: string
  fields: readonly Field[]
  /** `handler(webhook)`, as a transformation; the parameters are `webhook.params`. */
  code: string
  version: number
  createdAt: Date
  updatedAt: Date
}

export type TemplateInput = ShapeInput & {
  /** Parsed; undefined when it is no JSON. */
  json: unknown
}
