// The messages that a request becomes: exact bytes, the content type as it came, and for receivers that
// verify the provider's own signature all headers that it sent.
import { createHash } from 'node:crypto'
import type { Extracted } from '@bellwire/sdk/verification'
import { newId } from '../domain/ids.ts'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import type { RawRequest, Source } from '../domain/source.ts'
import { toTraceHeaders, traceContextOf } from '../domain/trace-context.ts'
import { HELD_UNTIL } from '../store/inbound-requests.ts'
import type { InboundEvent } from '../store/statements/accept-inbound.ts'
import type { Plan } from './plan.ts'

type Given = { source: Source; plan: Plan; raw: RawRequest; retentionHours: number }

export function toEvents(events: Extracted[], { source, plan, raw, retentionHours }: Given) {
  const { passThrough, channels } = source.settings
  const headers = passThrough ? passedThrough(raw, plan) : [...encodingOf(raw), ...traceOf(raw)]
  const type = headerOf(raw, 'content-type')
  const all = events.map((event): InboundEvent => {
    const payload = event.pointer === '' ? raw.body : bytesAt(raw.body, event.pointer)
    const eventType = toEventType(plan.typePrefix, event.type)
    return {
      eventType,
      eventId: event.id === null ? null : storable(event.id),
      message: {
        id: newId('message'),
        environmentId: source.environmentId,
        application: { id: source.applicationId },
        eventType,
        eventId: null,
        channels,
        tags: [source.id],
        // Passed through, no type is no type; signed anew, it is just bytes.
        contentType: type ?? (passThrough ? '' : 'application/octet-stream'),
        payload,
        retentionHours,
        deliverAt: source.paused ? HELD_UNTIL : null,
        schemaError: null,
        idempotency: null,
        ...(headers.length > 0 && { headers }),
      },
    }
  })
  return withoutRepeats(all)
}

/** A list may hold the same event twice. */
function withoutRepeats(events: InboundEvent[]): InboundEvent[] {
  const seen = new Set<string>()
  return events.filter(({ eventType, eventId }) => {
    if (eventId === null) return true
    const key = `${eventType} ${eventId}`
    const isFirst = !seen.has(key)
    seen.add(key)
    return isFirst
  })
}

/** Ids are strangers' text: what no database can hold stands as its digest. */
function storable(id: string): string {
  if (id.isWellFormed() && !id.includes('\0')) return id
  return `sha256:${createHash('sha256').update(id).digest('hex')}`
}

const MAX_TYPE = 256

/** As event types may be named: what stands between the parts becomes a dot, the rest an underscore. */
export function toEventType(prefix: string, type: string | null): string {
  const named = (type ?? '').replace(/[/:\s]+/g, '.').replace(/[^a-zA-Z0-9\-_.]/g, '_')
  const parts = [prefix, named === '' ? 'event' : named].filter((part) => part !== '')
  return parts.join('.').slice(0, MAX_TYPE)
}

/** An item of a list in its own bytes; the whole body where it is none, as in a form. */
function bytesAt(body: Buffer, pointer: string): Buffer {
  let bytes = body
  for (const token of pointer.slice(1).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    const first = bytes.toString('latin1').trimStart()[0]
    const found =
      first === '['
        ? elementBytes(bytes)[Number(name)]
        : first === '{'
          ? memberBytes(bytes, name)
          : null
    if (found == null) return body
    bytes = found
  }
  return bytes
}

/** Of the connection, of proxies on the way, or of another server than the one it goes to. */
const NOT_PASSED =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|content-length|accept-encoding|cookie|forwarded|via|x-forwarded-.*|x-real-ip)$/i

function passedThrough(raw: RawRequest, { scheme }: Plan): [string, string][] {
  const named = raw.headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()))
  // A secret that is sent as it is would be known to every receiver: it proves nothing to them.
  const secret = scheme.kind === 'secret' ? secretHeaders(scheme.in) : []
  const left = new Set([...named, ...secret])
  return raw.headers.filter(([name]) => !NOT_PASSED.test(name) && !left.has(name.toLowerCase()))
}

function secretHeaders(place: object): string[] {
  if ('headers' in place) return (place.headers as string[]).map((name) => name.toLowerCase())
  return 'basic' in place ? ['authorization'] : []
}

/** Without it an encoded body could not be read. */
const encodingOf = (raw: RawRequest) =>
  raw.headers.filter(([name]) => name.toLowerCase() === 'content-encoding')

function traceOf(raw: RawRequest): [string, string][] {
  const all = (wanted: string) =>
    raw.headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
  const traceparent = all('traceparent').join(',')
  if (traceparent === '') return []
  const trace = traceContextOf({ traceparent, tracestate: all('tracestate') })
  return trace === null ? [] : toTraceHeaders(trace)
}

export const headerOf = ({ headers }: RawRequest, wanted: string): string | null =>
  headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null
