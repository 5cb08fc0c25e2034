import { isForm } from '../verification/body.ts'
import type { InboundRequest } from '../verification/request.ts'
import { WebhookError } from '../verification/webhook-error.ts'

const MAX_FIELDS = 1000

/** The fields of a form body, decoded, in their order. A body that is no form has none to sign. */
export function formFields(request: InboundRequest): [name: string, value: string][] {
  if (!isForm(request)) {
    const message = 'The signature covers the fields of a form, and the body is none.'
    throw new WebhookError('signature_malformed', message)
  }
  const fields = [...new URLSearchParams(new TextDecoder().decode(request.body))]
  if (fields.length <= MAX_FIELDS) return fields
  throw new WebhookError('signature_malformed', `The form has more than ${MAX_FIELDS} fields.`)
}
