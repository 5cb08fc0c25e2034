// What goes to the local server: the request as it came, but for the URL's beginning and for what
// belongs to the connection.
import type { Outgoing } from './exchange.ts'

export type Arrived = {
  id: string
  method: string
  target: string
  headers: [string, string][]
  body: Buffer
  /** Of a source or an application. */
  eventType: string | null
  /** Until when its sender waits for an answer; null: nobody does. */
  answerBy: string | null
}

export type Towards = { path: string; host: string; keepHost: boolean }

const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
])

export function toLocal(arrived: Arrived, { path, host, keepHost }: Towards): Outgoing {
  const { method, body } = arrived
  const named = arrived.headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()))
  const isDropped = (name: string) =>
    HOP_BY_HOP.has(name) || name.startsWith('proxy-') || named.includes(name)
  const framing = ['content-length', 'transfer-encoding']
  const hasBody =
    body.length > 0 || arrived.headers.some(([name]) => framing.includes(name.toLowerCase()))
  const length = String(body.length)
  const headers = arrived.headers.flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase()
    // Chunked or not, its length is known now; it stands where it stood.
    if (lower === 'content-length' || lower === 'transfer-encoding') {
      return [[lower === name ? 'content-length' : 'Content-Length', length]]
    }
    if (lower === 'host' && !keepHost) return [[name, host]]
    return isDropped(lower) ? [] : [[name, value]]
  })
  const has = (name: string) => headers.some(([each]) => each.toLowerCase() === name)
  if (!has('host')) headers.unshift(['Host', host])
  if (hasBody && !has('content-length')) headers.push(['Content-Length', length])
  return { method, body, headers, target: localTarget(arrived.target, path) }
}

/** `/in/{token}/a%2Fb?x` → `{path}/a%2Fb?x`: the token stays here. */
export function localTarget(target: string, path: string): string {
  const [, rest = ''] = /^\/(?:in|b)\/[^/?]+(.*)$/s.exec(target) ?? [undefined, target]
  const whole = path.replace(/\/$/, '') + rest
  return whole.startsWith('/') ? whole : `/${whole}`
}
