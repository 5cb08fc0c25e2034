// What filters may ask of a capture, as docs/bins.md says: the parts of the request by their names.
import { splitBinPath, splitToken } from './bin.ts'
import type { Rooted } from './filter/facts.ts'
import type { RawRequest } from './source.ts'

export const CAPTURE_ROOTS = ['payload', 'method', 'path', 'query', 'headers', 'body'] as const

/** Longer bodies are not looked into: it is done while others wait. */
export const MAX_LOOKED_INTO = 256 * 1024

type Asked = Pick<RawRequest, 'method' | 'target' | 'headers' | 'body'>

/** `payload` is the body as JSON or as a form, read when a filter first asks for it. */
export function captureFacts({ method, target, headers, body }: Asked): Rooted {
  const [rest = '', ...queries] = splitToken(target).rest.split('?')
  const query = queries.join('?')
  const text = body.length > MAX_LOOKED_INTO ? null : body.toString('utf8')
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  let payload: { read: unknown } | null = null
  return {
    method,
    path: splitBinPath(rest).path,
    query: byName([...new URLSearchParams(query)]),
    headers: byName(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: text,
    get payload() {
      payload ??= { read: text === null ? undefined : read(text, type) }
      return payload.read
    },
  }
}

function read(text: string, type: string): unknown {
  // Many a client says so of any body: curl does.
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(type) && !/^\s*[[{]/.test(text)
  if (isForm) {
    return byName([...new URLSearchParams(text)])
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One value as itself, several as a list. */
function byName(pairs: [string, string][]): Record<string, string | string[]> {
  const names = Object.create(null) as Record<string, string | string[]>
  for (const [name, values] of Map.groupBy(pairs, ([name]) => name)) {
    const all = values.map(([, value]) => value)
    names[name] = all.length === 1 ? all[0]! : all
  }
  return names
}
