// Code run on a message that was never sent: what its request would be.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import { newId } from '../domain/ids.ts'
import type { Parameters } from '../domain/templates/template.ts'
import type { ApiDeps } from './deps.ts'
import { cleanText, eventTypeName } from './fields.ts'

export const code = () =>
  cleanText(51_200)
    .min(10)
    .meta({ examples: ['function handler(webhook) { return webhook }'] })

/** The message, as the body of a request tells it. */
export const tried = {
  eventType: eventTypeName(),
  payload: z.record(z.string(), z.unknown()),
  channels: z.array(z.string()).nullish(),
  transformationsParams: z.record(z.string(), z.unknown()).nullish(),
}
type Tried = z.output<z.ZodObject<typeof tried>>

export const SimulatedOut = z.object({
  url: z.string(),
  payload: z.string(),
  method: z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']).nullable(),
  cancel: z.boolean(),
  headers: z.record(z.string(), z.string()),
  console: z.array(z.string()),
})

type Given = {
  code: string
  variables?: Record<string, string>
  params?: Parameters
  url: string
  /** What a failure is blamed on. */
  loc?: string[]
}

/** Throws 422 with the error of the code, and what it wrote to its console. */
export async function simulate(
  { transform, clock }: Pick<ApiDeps, 'transform' | 'clock'>,
  message: Tried,
  { code, variables = {}, params = {}, url, loc = ['body', 'code'] }: Given,
): Promise<z.output<typeof SimulatedOut>> {
  const { input, messageId } = inputOf(message, { url, clock })
  const key = `simulate/${messageId}`
  const { shaped, console } = await transform({ key, code, variables, params }, input)
  if (shaped.kind === 'failed') {
    const said = console.length === 0 ? '' : `; console: ${console.join(' | ')}`
    throw invalid(loc, `${shaped.message}${said}`)
  }
  if (shaped.kind === 'cancelled') {
    return { url, payload: '', method: null, cancel: true, headers: {}, console }
  }
  const { method, headers, contentType, body } = shaped
  return {
    ...{ url: shaped.url, method: method as 'POST', cancel: false, console },
    payload: body?.toString('utf8') ?? '',
    headers: { ...headers, ...(contentType !== null && { 'content-type': contentType }) },
  }
}

/** As a delivery of this message would have it. */
export function inputOf(
  { eventType, payload, channels, transformationsParams }: Tried,
  { url, clock }: { url: string } & Pick<ApiDeps, 'clock'>,
) {
  const messageId = newId('message')
  const input = {
    ...{ messageId, at: clock(), eventType, url },
    payload: Buffer.from(JSON.stringify(payload)),
    channels: channels ?? null,
    transformationsParams: transformationsParams ?? {},
  }
  return { messageId, input }
}
