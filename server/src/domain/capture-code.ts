// A capture as code that sends the same bytes again.
import type { RawRequest } from './source.ts'

/** What the client writes by itself, or must. */
const OWN =
  /^(host|content-length|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|proxy-.*)$/i

export const isOwnHeader = (name: string) => OWN.test(name)

type Wanted = { format: 'curl' | 'fetch' | 'fixture'; url: string }

export function toCode(capture: RawRequest, { format, url }: Wanted): string {
  const headers = capture.headers.filter(([name]) => !isOwnHeader(name))
  switch (format) {
    case 'curl':
      return toCurl(capture, headers, url)
    case 'fetch':
      return toFetch(capture, headers, url)
    case 'fixture': {
      const { method, target, body } = capture
      return JSON.stringify({ method, target, headers, body: body.toString('base64') }, null, 2)
    }
    default:
      return format satisfies never
  }
}

type Headers = [string, string][]

/** The body travels as base64, so that no shell and no editor changes it. */
function toCurl({ method, body }: RawRequest, headers: Headers, url: string): string {
  const lines = [
    `curl -X ${quoted(method)} ${quoted(url)}`,
    // A header without a value needs a semicolon; curl sends none otherwise.
    ...headers.map(
      ([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`,
    ),
    ...(body.length > 0 ? ['--data-binary @-'] : []),
  ].join(' \\\n  ')
  return body.length === 0
    ? lines
    : `echo ${quoted(body.toString('base64'))} | base64 -d | ${lines}`
}

function toFetch({ method, body }: RawRequest, headers: Headers, url: string): string {
  const fields = [
    `  method: ${JSON.stringify(method)},`,
    `  headers: ${JSON.stringify(headers)},`,
    ...(body.length > 0
      ? [
          `  body: Uint8Array.from(atob(${JSON.stringify(body.toString('base64'))}), (c) => c.charCodeAt(0)),`,
        ]
      : []),
  ]
  return `await fetch(${JSON.stringify(url)}, {\n${fields.join('\n')}\n})`
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
