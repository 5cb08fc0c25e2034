// What is written down of a request holds no secret: where the secret itself is sent, its place is kept
// and its value is not. A signature is no secret.
import type { Preset, Scheme } from '@bellwire/sdk/verification'
import type { RawRequest } from '../domain/source.ts'

const HIDDEN = '***'
const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie']

export function redacted(raw: RawRequest, { scheme, preset }: { scheme: Scheme; preset: Preset }) {
  const place = placeOf(scheme)
  const proofs = (place.headers ?? []).map((name) => name.toLowerCase())
  const isSecret = scheme.kind === 'secret'
  const hidden = new Set([
    ...CREDENTIALS.filter((name) => isSecret || !proofs.includes(name)),
    ...(isSecret ? proofs : []),
  ])
  const queries = [
    ...(preset.redactQuery ?? []),
    ...(isSecret && place.query !== undefined ? [place.query] : []),
  ]
  return {
    ...raw,
    headers: raw.headers.map(([name, value]): [string, string] => [
      name,
      hidden.has(name.toLowerCase()) ? HIDDEN : value,
    ]),
    target: withoutQueries(raw.target, queries),
  }
}

function placeOf(scheme: Scheme): { headers?: string[]; query?: string } {
  if ('signature' in scheme) return scheme.signature
  if (!('in' in scheme) || 'basic' in scheme.in || 'body' in scheme.in) return {}
  return scheme.in
}

/** Everything else stays as it was spelled. */
function withoutQueries(target: string, names: string[]): string {
  const start = target.indexOf('?')
  if (start < 0 || names.length === 0) return target
  const parts = target.slice(start + 1).split('&')
  const hidden = parts.map((part) => {
    const [name = ''] = part.split('=', 1)
    return names.includes(decoded(name)) ? `${name}=${HIDDEN}` : part
  })
  return `${target.slice(0, start)}?${hidden.join('&')}`
}

const decoded = (text: string) => [...new URLSearchParams(`${text}=`).keys()][0] ?? text
