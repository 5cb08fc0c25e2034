import { type Headers, isSensitive, MASKED } from '../domain/custom-headers.ts'
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
  made: Extract<Shaped, { kind: 'request' }> | null
}

/** The request of one attempt: signed for this moment, in both header families. */
export function prepareRequest(
  target: Target,
  { run, payload, contentType, headers: brought, now, userAgent, made }: RequestParts,
): PreparedRequest {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const body = made === null ? payload : made.body
  const type = made?.contentType ?? contentType ?? 'application/json'
  const id = run.messageId
  const signs = target.proof === null || target.proof.standardSignature
  const signature = signs ? signatureOf(target, `${id}.${timestamp}.`, body ?? EMPTY, now) : ''
  // One list of its final size: put together from parts, it was a third of the garbage of a delivery.
  // biome-ignore format: a name and its value
  const all = [
    'content-type', type,
    'user-agent', userAgent,
    'accept-encoding', 'identity',
    'webhook-id', id,
    'webhook-timestamp', timestamp,
    'webhook-signature', signature,
    'svix-id', id,
    'svix-timestamp', timestamp,
    'svix-signature', signature,
  ]
  const ours = body !== null && signs ? all : all.slice(body === null ? 2 : 0, signs ? 18 : 8)
  const { method = 'POST', url = target.url } = made ?? {}
  const custom = made === null ? target.customHeaders : merged(target.customHeaders, made.headers)
  // What came along describes the body as it came, and may sign it: of what was made it says nothing.
  const along = made === null ? brought : (brought?.filter(isTraceHeader) ?? null)
  const headers = along === null ? ours : withBrought(ours, along, custom)
  return { method, url, headers: custom.length === 0 ? headers : [...headers, ...custom], body }
}

const EMPTY = Buffer.alloc(0)

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
export function shownHeaders(headers: string[], secretNames: Set<string> | null): string[] {
  let shown = headers
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    if (!isSensitive(name) && !secretNames?.has(name.toLowerCase())) continue
    if (shown === headers) shown = [...headers]
    shown[i + 1] = MASKED
  }
  return shown
}
