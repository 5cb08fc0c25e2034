// What templates answer with.
import type { Shaped } from '../shape.ts'
import type { TemplateInput } from './template.ts'

type Made = {
  method?: string
  url?: string
  headers?: Record<string, string>
  contentType?: string | null
  body: Buffer | string | null
}

export const request = (
  { url }: Pick<TemplateInput, 'url'>,
  { method = 'POST', headers = {}, contentType = null, body, ...made }: Made,
): Shaped => ({
  kind: 'request',
  method,
  url: made.url ?? url,
  headers,
  contentType,
  body: typeof body === 'string' ? Buffer.from(body) : body,
})

export const jsonRequest = (
  input: TemplateInput,
  body: unknown,
  headers: Record<string, string> = {},
) => request(input, { headers, contentType: 'application/json', body: JSON.stringify(body) })

/** A member whose value is the payload in its own bytes; `null` when that is no JSON. */
export function withPayload(input: TemplateInput, before: object, name: string): string {
  const head = JSON.stringify(before).slice(0, -1)
  const comma = head === '{' ? '' : ','
  const text = input.json === undefined ? 'null' : input.payload.toString('utf8')
  return `${head}${comma}${JSON.stringify(name)}:${text}}`
}
