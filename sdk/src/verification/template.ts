import { type Bytes, concat, utf8 } from './encoding.ts'
import { headerValue, type InboundRequest, queryValue } from './request.ts'
import { WebhookError } from './webhook-error.ts'

const PLAIN = /^[A-Za-z0-9_-]{1,256}$/
const PLACEHOLDER = /\{([^{}]*)\}/g

type Part = { literal: string } | { name: string }
type Filling = {
  request: InboundRequest
  /** The timestamp as it came. */
  t: string | undefined
  url: string | null
  plainHeaders: boolean
}

/** Cut once: a value that contains `{body}` is not looked into again. */
export function parseTemplate(template: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of template.matchAll(PLACEHOLDER)) {
    parts.push({ literal: template.slice(end, match.index) }, { name: match[1]! })
    end = match.index + match[0].length
  }
  parts.push({ literal: template.slice(end) })
  return parts.filter((part) => !('literal' in part && part.literal === ''))
}

/** The bytes that are signed. What is missing is an error, never the text `undefined`. */
export function fillTemplate(template: string, filling: Filling): Bytes {
  return concat(
    parseTemplate(template).map((part) =>
      'literal' in part ? utf8(part.literal) : fillPart(part.name, filling),
    ),
  )
}

function fillPart(name: string, { request, t, url, plainHeaders }: Filling): Uint8Array {
  if (name === 'body') return request.body
  if (name === 't') return utf8(present(t, 'a time'))
  if (name === 'method') return utf8(request.method.toUpperCase())
  if (name === 'url') return utf8(known(url))
  if (name === 'url:hubspot') return utf8(decodeHubspot(known(url)))
  const key = name.slice(2)
  if (name.startsWith('q:')) return utf8(present(queryValue(request, key), `?${key}`))
  if (!name.startsWith('h:')) throw new TypeError(`A signed template knows no {${name}}.`)
  const value = present(headerValue(request, key), key)
  if (plainHeaders && !PLAIN.test(value)) {
    throw new WebhookError(
      'signature_malformed',
      `The header ${key} is not 1–256 of [A-Za-z0-9_-].`,
    )
  }
  return utf8(value)
}

function present(value: string | undefined, what: string): string {
  if (value !== undefined && value !== '') return value
  throw new WebhookError('signature_missing', `${what} is signed, and missing.`)
}

function known(url: string | null): string {
  if (url !== null && url !== '') return url
  const message = 'The signature covers the URL: give the public one.'
  throw new WebhookError('url_unknown', message)
}

// What HubSpot decodes before it signs, and nothing else.
const decodeHubspot = (url: string) =>
  url.replace(/%(?:2[147-9AC]|2F|3[ABF]|40)/gi, (code) => decodeURIComponent(code))
