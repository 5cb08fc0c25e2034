import { fromEntries, type Headers, isSensitive, MASKED } from '../domain/custom-headers.ts'
import type { RunKey } from '../domain/delivery.ts'
import type { Shaped } from '../domain/shape.ts'
import { isTraceHeader } from '../domain/trace-context.ts'
import { withBrought } from './brought-headers.ts'
import type { Target } from './targets.ts'

export type PreparedRequest = {
  method: string
  url: string
  /** Name, value, name, value, …: the form that the client writes without another copy. */
  headers: string[]
  /** Null for a request without one. */
  body: Buffer | null
}

export type RequestParts = {
  run: Pick<RunKey, 'messageId'>
  payload: Buffer
  contentType: string | null
  /** Headers that the message brings along: they go out in their order, before the endpoint's own. */
  headers: [string, string][] | null
  now: Date
  userAgent: string
  /** When the request is not the message as it came. */
  made?: Extract<Shaped, { kind: 'request' }>
}

/** The request of one attempt: signed for this moment, in both header families. */
export function prepareRequest(
  target: Target,
  { run, payload, contentType, headers: brought, now, userAgent, made }: RequestParts,
): PreparedRequest {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const body = made === undefined ? payload : made.body
  const type = made?.contentType ?? contentType ?? 'application/json'
  const ours = [
    ...(body === null ? [] : ['content-type', type]),
    ...['user-agent', userAgent],
    ...['accept-encoding', 'identity'],
    ...['webhook-id', run.messageId],
    ...(target.proof === null || target.proof.standardSignature
      ? signed(target, { id: run.messageId, timestamp, body: body ?? EMPTY, now })
      : []),
  ]
  const { method = 'POST', url = target.url } = made ?? {}
  const custom =
    made === undefined ? target.customHeaders : merged(target.customHeaders, made.headers)
  // What came along describes the body as it came, and may sign it: of what was made it says nothing.
  const along = made === undefined ? brought : (brought?.filter(isTraceHeader) ?? null)
  const headers = along === null ? ours : withBrought(ours, along, custom)
  return { method, url, headers: [...headers, ...custom], body }
}

const EMPTY = Buffer.alloc(0)

type Signed = { id: string; timestamp: string; body: Buffer; now: Date }

function signed(target: Target, { id, timestamp, body, now }: Signed): string[] {
  const signature = signatureOf(target, `${id}.${timestamp}.`, body, now)
  return [
    ...['webhook-timestamp', timestamp, 'webhook-signature', signature],
    ...['svix-id', id, 'svix-timestamp', timestamp, 'svix-signature', signature],
  ]
}

/** What was made for this request comes before what is always sent. */
function merged(custom: string[], made: Headers): string[] {
  const names = new Set(Object.keys(made).map((name) => name.toLowerCase()))
  const headers = Object.entries(made).flat()
  for (let i = 0; i < custom.length; i += 2) {
    if (!names.has(custom[i]!.toLowerCase())) headers.push(custom[i]!, custom[i + 1]!)
  }
  return headers
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
export function shownHeaders(headers: string[], secretNames: Set<string> | null): Headers {
  const entries: [string, string][] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const isSecret = isSensitive(name) || secretNames?.has(name.toLowerCase())
    entries.push([name, isSecret ? MASKED : headers[i + 1]!])
  }
  return fromEntries(entries)
}
