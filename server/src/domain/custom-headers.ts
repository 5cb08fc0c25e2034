// Headers that customers may add to their deliveries, and those that nobody but us may set.

/** A map from input has no prototype: `__proto__` and `constructor` are plain names in it. */
export type Headers = Record<string, string>

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const VALUE = /^[\t\x20-\x7e]*$/
const MAX_VALUE_BYTES = 4_096
const MAX_HEADERS = 50
const MAX_TOTAL_BYTES = 16_384

// The API's list, what frames a message on the wire, and what would speak in another's
// name: undici would send most of these as given.
const FORBIDDEN = new Set(
  `user-agent keep-alive proxy-authenticate proxy-authorization te trailers transfer-encoding upgrade
   age cache-control clear-site-data expires pragma warning content-length content-type
   content-encoding content-language content-location
   host connection expect trailer webhook-id webhook-timestamp webhook-signature
   proxy-connection http2-settings date traceparent tracestate
   forwarded via x-real-ip cookie set-cookie metadata-flavor metadata x-google-metadata-request`.split(
    /\s+/,
  ),
)
const FORBIDDEN_PREFIXES =
  'x-amz- x-amzn- x-google x-goog- x-gfe x-azure- x-fd- x-svix- svix- bellwire- x-forwarded- proxy- sec- x-aws-ec2-metadata-'.split(
    ' ',
  )

const SENSITIVE = new Set(
  'authorization x-api-key x-auth-token www-authenticate proxy-authorization proxy-authenticate'.split(
    ' ',
  ),
)

/** What is shown in place of a secret value. */
export const MASKED = '***'

/** Never shown again once stored; kept encrypted. */
export function isSensitive(name: string): boolean {
  return SENSITIVE.has(name.toLowerCase())
}

/** The sentence that says what is wrong with these headers, or null. */
export function problemOf(headers: Headers): string | null {
  const names = Object.keys(headers)
  if (names.length > MAX_HEADERS) return `at most ${MAX_HEADERS} headers, got ${names.length}`
  const seen = new Set<string>()
  let bytes = 0
  for (const name of names) {
    const problem = problemOfOne(name, headers[name]!)
    if (problem !== null) return problem
    if (seen.has(name.toLowerCase())) return `header ${name} is given twice in different case`
    seen.add(name.toLowerCase())
    bytes += name.length + headers[name]!.length
  }
  if (bytes > MAX_TOTAL_BYTES)
    return `headers hold ${bytes} bytes together, at most ${MAX_TOTAL_BYTES}`
  return null
}

function problemOfOne(name: string, value: string): string | null {
  const shown = JSON.stringify(name.slice(0, 100))
  if (!TOKEN.test(name))
    return `${shown} is not a header name (RFC 9110 token of at most 64 characters)`
  const lower = name.toLowerCase()
  if (FORBIDDEN.has(lower) || FORBIDDEN_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return `header ${shown} cannot be set`
  }
  if (!VALUE.test(value))
    return `the value of ${shown} may hold printable ASCII, space and tab only`
  if (value.length > MAX_VALUE_BYTES)
    return `the value of ${shown} is longer than ${MAX_VALUE_BYTES} bytes`
  return null
}

/** Adds, replaces (whatever the case) and, for null, removes. */
export function mergeHeaders(present: Headers, changes: Record<string, string | null>): Headers {
  const merged = new Map(
    Object.entries(present).map(([name, value]) => [name.toLowerCase(), [name, value]]),
  )
  for (const [name, value] of Object.entries(changes)) {
    merged.delete(name.toLowerCase())
    if (value !== null) merged.set(name.toLowerCase(), [name, value])
  }
  return fromEntries([...merged.values()] as [string, string][])
}

/** Of a list of names and values in turn, as HTTP clients and servers have it. */
export const pairsOf = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]!]] : []))

export function fromEntries(entries: [string, string][]): Headers {
  const headers: Headers = Object.create(null)
  for (const [name, value] of entries) headers[name] = value
  return headers
}
