// A capture as code that sends the same bytes again.
import { splitToken } from './bin.ts'
import type { RawRequest } from './source.ts'

/** What the client writes by itself, or must. */
const OWN =
  /^(host|content-length|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|proxy-.*)$/i

export const isOwnHeader = (name: string) => OWN.test(name)

/** The URL when none is given: a server of one's own, with the path and query behind the token. */
const LOCAL = 'http://localhost:3000'

type Wanted = { format: 'curl' | 'fetch' | 'fixture'; url: string | null }

export function toCode(capture: RawRequest, { format, url: given }: Wanted): string {
  const headers = capture.headers.filter(([name]) => !isOwnHeader(name))
  const rest = splitToken(capture.target).rest
  const target = rest.startsWith('/') ? rest : `/${rest}`
  const url = given ?? `${LOCAL}${target}`
  switch (format) {
    case 'curl':
      return toCurl(capture, headers, url)
    case 'fetch':
      return toFetch(capture, headers, url)
    case 'fixture': {
      // Without the bin's token: fixtures are for everybody.
      const { method, body } = capture
      return JSON.stringify({ method, target, headers, body: body.toString('base64') }, null, 2)
    }
    default:
      return format satisfies never
  }
}

type Headers = [string, string][]

/** What curl adds by itself is taken away where it was not there. */
const ADDED_BY_CURL = ['User-Agent', 'Accept']

/** The body travels as base64, so that no shell and no editor changes it. */
function toCurl({ method, body }: RawRequest, headers: Headers, url: string): string {
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const added = [...ADDED_BY_CURL, ...(body.length > 0 ? ['Content-Type'] : [])]
  const verb = method === 'HEAD' ? '--head' : `-X ${quoted(method)}`
  const lines = [
    // Braces and brackets in a URL are nothing but themselves.
    `curl --globoff ${verb} ${quoted(url)}`,
    // A header without a value needs a semicolon; curl sends none otherwise.
    ...headers.map(
      ([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`,
    ),
    ...added.filter((name) => !names.has(name.toLowerCase())).map((name) => `-H '${name}:'`),
    ...(body.length > 0 ? ['--data-binary @-'] : []),
  ].join(' \\\n  ')
  return body.length === 0
    ? lines
    : `echo ${quoted(body.toString('base64'))} | base64 -d | ${lines}`
}

function toFetch({ method, body }: RawRequest, headers: Headers, url: string): string {
  const text = JSON.stringify(body.toString('base64'))
  const bytes = `  body: Uint8Array.from(atob(${text}), (c) => c.charCodeAt(0)),`
  const isBodiless = method === 'GET' || method === 'HEAD'
  const fields = [
    `  method: ${JSON.stringify(method)},`,
    `  headers: ${JSON.stringify(headers)},`,
    ...(body.length > 0 ? [isBodiless ? `  // fetch sends no body with ${method}.` : bytes] : []),
  ]
  return `await fetch(${JSON.stringify(url)}, {\n${fields.join('\n')}\n})`
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
