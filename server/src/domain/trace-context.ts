// W3C Trace Context (https://www.w3.org/TR/trace-context/): which trace a message belongs to, as its
// sender said. What breaks the grammar is as if it had not been sent: a trace is never a reason to refuse.

export type TraceContext = { traceparent: string; tracestate: string | null }

type Header = string | string[] | undefined

const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** Longer ones need not be passed on (§3.3.1.5), and every message with one stores it. */
const MAX_STATE = 512
const MAX_STATE_MEMBERS = 32
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** Of a request's headers; null without a valid `traceparent`. */
export function traceContextOf(headers: Record<string, Header>): TraceContext | null {
  // Two of them arrive as one with a comma, or as a list: neither is valid.
  const given = headers['traceparent']
  const traceparent = typeof given === 'string' ? toParent(given) : null
  if (traceparent === null) return null
  const state = headers['tracestate']
  return { traceparent, tracestate: toState(Array.isArray(state) ? state.join(',') : state) }
}

/** As this version of the specification writes it, whatever later one it came in (§4.3). */
function toParent(text: string): string | null {
  const [, version, traceId, spanId, flags, rest] = PARENT.exec(text.trim()) ?? []
  if (version === undefined || version === 'ff') return null
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null
  if (version === '00') return rest === undefined ? `00-${traceId}-${spanId}-${flags}` : null
  const isSampled = (Number.parseInt(flags!, 16) & 1) === 1
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

/** Dropped whole when it is not valid: to cut it is to say what nobody said. */
function toState(text: string | undefined): string | null {
  if (text === undefined) return null
  const members = text.split(',').map((member) => member.trim())
  const known = members.filter((member) => member !== '')
  const state = known.join(',')
  if (known.length === 0 || known.length > MAX_STATE_MEMBERS || state.length > MAX_STATE)
    return null
  const keys = known.map((member) => member.slice(0, Math.max(0, member.indexOf('='))))
  const isValid = known.every((member, index) => {
    const key = keys[index]!
    return KEY.test(key) && VALUE.test(member.slice(key.length + 1))
  })
  return isValid && new Set(keys).size === keys.length ? state : null
}

/** As headers that a message brings along. */
export function toTraceHeaders({ traceparent, tracestate }: TraceContext): [string, string][] {
  const parent: [string, string] = ['traceparent', traceparent]
  return tracestate === null ? [parent] : [parent, ['tracestate', tracestate]]
}

export const isTraceHeader = ([name]: [string, string]) => /^trace(parent|state)$/i.test(name)
