import { fromEntries, type Headers, isSensitive } from '../domain/custom-headers.ts'
import type { RunKey } from '../domain/delivery.ts'
import { withBrought } from './brought-headers.ts'
import type { Target } from './targets.ts'

export type PreparedRequest = {
  url: string
  /** Name, value, name, value, …: the form that the client writes without another copy. */
  headers: string[]
  body: Buffer
}

type Parts = {
  run: RunKey
  payload: Buffer
  contentType: string | null
  /** Headers that the message brings along: they go out in their order, before the endpoint's own. */
  headers: [string, string][] | null
  now: Date
  userAgent: string
}

/** The request of one attempt: signed for this moment, in both header families. */
export function prepareRequest(
  target: Target,
  { run, payload, contentType, headers: brought, now, userAgent }: Parts,
): PreparedRequest {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signature = signatureOf(target, `${run.messageId}.${timestamp}.`, payload, now)
  const ours = [
    ...['content-type', contentType ?? 'application/json'],
    ...['user-agent', userAgent],
    ...['accept-encoding', 'identity'],
    ...[
      'webhook-id',
      run.messageId,
      'webhook-timestamp',
      timestamp,
      'webhook-signature',
      signature,
    ],
    ...['svix-id', run.messageId, 'svix-timestamp', timestamp, 'svix-signature', signature],
  ]
  const { customHeaders } = target
  const headers = brought === null ? ours : withBrought(ours, brought, customHeaders)
  return { url: target.url, headers: [...headers, ...customHeaders], body: payload }
}

/** The current key first, then the old ones that are still in their grace at this moment. */
function signatureOf(target: Target, head: string, body: Buffer, now: Date): string {
  let all = ''
  for (const { signer, expiresAt } of target.signers) {
    if (expiresAt !== null && expiresAt <= now) continue
    all += all === '' ? signer(head, body) : ` ${signer(head, body)}`
  }
  return all
}

/** The headers as they are kept with the attempt: what is secret is not. */
export function shownHeaders(headers: string[]): Headers {
  const entries: [string, string][] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    entries.push([name, isSensitive(name) ? '***' : headers[i + 1]!])
  }
  return fromEntries(entries)
}
