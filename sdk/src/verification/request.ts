import { WebhookError } from './webhook-error.ts'

/** A request as it came: headers in their order, with repeats; the bytes of the body, undecoded. */
export type InboundRequest = {
  method: string
  /** What was asked for, with its query: `/hooks?a=1` or whole. Signed URLs come from `url` instead. */
  url: string
  headers: readonly (readonly [name: string, value: string])[]
  body: Uint8Array
}

/** All values of a header; names in any case. */
export function headerValues(request: InboundRequest, name: string): string[] {
  const wanted = name.toLowerCase()
  return request.headers.flatMap(([key, value]) => (key.toLowerCase() === wanted ? [value] : []))
}

/** The one value of a header, undefined when it is absent; one that comes twice is ambiguous. */
export function headerValue(request: InboundRequest, name: string): string | undefined {
  return onlyOne(headerValues(request, name), name)
}

export function queryValues(request: InboundRequest, name: string): string[] {
  return queryOf(request.url).getAll(name)
}

export function queryValue(request: InboundRequest, name: string): string | undefined {
  return onlyOne(queryValues(request, name), `?${name}`)
}

export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : url.slice(start).split('#', 1)[0])
}

/**
 * The address that a provider signs: the public one that it was given, with the query that came, as
 * some add to it.
 */
export function signedUrl(publicUrl: string, requestUrl: string): string {
  const query = requestUrl.indexOf('?')
  return query < 0 ? publicUrl : publicUrl.split('?', 1)[0] + requestUrl.slice(query)
}

/** Undefined when there is none; more than one are ambiguous. */
export function onlyOne(values: string[], what: string): string | undefined {
  if (values.length < 2) return values[0]
  throw new WebhookError('signature_ambiguous', `${what} comes ${values.length} times.`)
}
