// All templates that are built in, by name, and how one is applied.
import { parseExact } from '../exact-json.ts'
import type { Shaped, ShapeInput } from '../shape.ts'
import { make, n8n, zapier } from './automation.ts'
import { discord, googleChat, slack, teams, telegram } from './chat.ts'
import { cloudeventsBinary, cloudeventsStructured } from './cloudevents.ts'
import { hubspot, salesforce } from './crm.ts'
import { envelope } from './envelope.ts'
import { onlyFields } from './fields.ts'
import { pagerduty } from './pagerduty.ts'
import { plain } from './plain.ts'
import { form, queryString } from './query-string.ts'
import type { Parameters, Template } from './template.ts'

export const TEMPLATES: readonly Template[] = [
  ...[plain, onlyFields, envelope, queryString, form, cloudeventsStructured, cloudeventsBinary],
  ...[slack, discord, teams, googleChat, telegram, hubspot, salesforce, zapier, make, n8n],
  pagerduty,
]

export const findTemplate = (name: string) => TEMPLATES.find((template) => template.name === name)

/** The request that a template makes of a message. */
export function applyTemplate(name: string, input: ShapeInput, parameters: Parameters): Shaped {
  const template = findTemplate(name)
  if (template === undefined) return { kind: 'failed', message: `There is no template ${name}` }
  return template.shape({ ...input, json: parsed(input.payload) }, parameters)
}

function parsed(payload: Buffer): unknown {
  try {
    return parseExact(payload.toString('utf8'))
  } catch {
    return undefined
  }
}
