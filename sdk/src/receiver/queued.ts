import { decodeBase64, encodeBase64 } from '../base64.ts'
import { readBody } from '../verification/body.ts'
import type { InboundRequest } from '../verification/request.ts'
import type { Incoming } from './run-event.ts'
import type { QueuedEvent } from './types.ts'
import { toHeaders } from './verify.ts'

/** JSON that holds all of an event: the exact bytes too. */
export function toQueued({ event, request, pointer }: Incoming): QueuedEvent {
  const { source, id, type, at, verification } = event
  const { method, url, headers, body } = request
  return {
    source,
    id,
    type,
    at: at?.toISOString() ?? null,
    pointer,
    method,
    url,
    headers: headers.map(([name, value]) => [name, value]),
    body: toBase64(body),
    verification,
  }
}

export function fromQueued(queued: QueuedEvent, formField: string | undefined): Incoming {
  const { source, id, type, at, pointer, method, url, headers, verification } = queued
  const raw = decodeBase64(queued.body)
  if (raw === null) throw new TypeError('The body of a queued event is base64.')
  const request: InboundRequest = { method, url, headers, body: raw }
  const body = readBody(request, formField)
  const event = {
    source,
    id,
    type,
    at: at === null ? null : new Date(at),
    raw,
    headers: toHeaders(request),
    json: () => body.json(),
    verification,
    findings: [],
    data: body.at(pointer),
  }
  return { event, request, pointer }
}

/** In pieces: bytes become arguments. The pieces are whole groups of three. */
function toBase64(bytes: Uint8Array): string {
  const size = 3 * 8192
  let text = ''
  for (let at = 0; at < bytes.length; at += size)
    text += encodeBase64(bytes.subarray(at, at + size))
  return text
}
