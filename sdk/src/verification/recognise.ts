// Which provider a request looks like it is from, by the headers that only it sends. A guess to begin
// with: anybody may write these headers, so it proves nothing before a signature is verified.
import { type Body, readBody } from './body.ts'
import type { Preset, Rule } from './preset.ts'
import { headerValues, type InboundRequest, queryValues } from './request.ts'
import type { FieldList, Place, Scheme, VerifierName } from './scheme.ts'
import { schemeOf, variantsOf } from './scheme-of.ts'
import { WebhookError } from './webhook-error.ts'

export type Recognised = {
  preset: Preset
  /** Of a preset with several schemes: the one whose proof is here. */
  variant: string | null
  /** The names of the headers and queries that say so. */
  because: string[]
}

/** Longer ones are not read. */
const MAX_BODY = 64 * 1024

/** What many send. */
const COMMON = [
  ...['authorization', 'idempotency-key', 'request-id', 'content-type', 'user-agent'],
  ...['signature', 'date'],
]

/** Where the proofs of the custom schemes stand; those of the others stand in bodies. */
const CUSTOM: Partial<Record<VerifierName, string>> = {
  twilio: 'X-Twilio-Signature',
  mandrill: 'X-Mandrill-Signature',
  paypal: 'PAYPAL-TRANSMISSION-SIG',
  'aws-sns': 'x-amz-sns-message-type',
  'hubspot-legacy': 'X-HubSpot-Signature',
  contentful: 'x-contentful-signature',
}

/** The most likely first; those behind it fit as well. Empty when nothing here is known. */
export function recogniseProviders(
  request: InboundRequest,
  presets: readonly Preset[],
): Recognised[] {
  const marked = presets
    .filter(({ chosen }) => chosen !== 'scheme')
    .map((preset) => ({ preset, marks: marksOf(preset) }))
  const senders = new Map<string, number>()
  for (const { marks } of marked) {
    for (const name of new Set(marks.map(({ key }) => key))) {
      senders.set(name, (senders.get(name) ?? 0) + 1)
    }
  }
  const bodyScore = createBodyScore(request)
  const scored = marked.flatMap(({ preset, marks }) => {
    const here = marks.filter((mark) => isHere(request, mark))
    if (here.length === 0) return []
    const keys = new Set(here.map(({ key }) => key))
    // What few send says more than what many do.
    const rarity = [...keys].reduce((sum, key) => sum + 1 / senders.get(key)!, 0)
    const variant = here.find((mark) => mark.variant !== undefined)?.variant ?? null
    const because = [...new Set(here.map(({ name }) => name))]
    return [{ preset, variant, because, score: rarity + bodyScore(preset) }]
  })
  const best = Math.max(...scored.map(({ score }) => score))
  return scored
    .filter(({ score }) => score > best - 1e-9)
    .map(({ score, ...recognised }) => recognised)
}

/** Where any of them puts a signature or a secret: names of headers, and of queries, in lower case. */
export function proofPlaces(presets: readonly Preset[]): { headers: string[]; queries: string[] } {
  const keys = presets.flatMap((preset) => {
    const variants = variantsOf(preset)
    const schemes = (variants.length > 0 ? variants : [null]).map((name) => schemeOf(preset, name))
    const redacted = (preset.redactQuery ?? []).map((name) => `?${name.toLowerCase()}`)
    return [...schemes.flatMap(proofsOf).map(({ key }) => key), ...redacted]
  })
  const all = [...new Set(keys)]
  return {
    headers: all.filter((key) => !key.startsWith('?')),
    queries: all.filter((key) => key.startsWith('?')).map((key) => key.slice(1)),
  }
}

type Mark = {
  /** As it is shown. */
  name: string
  key: string
  /** The whole scheme's, where the proof stands in it; undefined for what is no proof. */
  variant?: string | null
  /** What the value must hold. */
  holds?: string
}

function marksOf(preset: Preset): Mark[] {
  const variants = variantsOf(preset)
  const proofs = (variants.length > 0 ? variants : [null]).flatMap((variant) =>
    proofsOf(schemeOf(preset, variant)).map((mark) => ({ ...mark, variant })),
  )
  const told = [...headersIn(preset.id), ...headersIn(preset.type)]
  const all = [...proofs, ...told.map((name): Mark => ({ name, key: name.toLowerCase() }))]
  return all.filter(({ key }) => !COMMON.includes(key))
}

function proofsOf(scheme: Scheme): Omit<Mark, 'variant'>[] {
  if (scheme.kind === 'custom') {
    const name = CUSTOM[scheme.verifier]
    return name === undefined ? [] : [{ name, key: name.toLowerCase() }]
  }
  const place: Place | { basic: true } | { body: string } =
    'signature' in scheme ? scheme.signature : scheme.in
  const holds = 'signature' in scheme ? beginningOf(scheme.signature) : undefined
  const wanted = holds === undefined ? {} : { holds }
  const headers = 'headers' in place ? place.headers : []
  const families = 'families' in scheme ? (scheme.families ?? []) : []
  const [first = '', ...others] = families
  const named = headers.flatMap((name) =>
    first !== '' && name.startsWith(first)
      ? [name, ...others.map((family) => family + name.slice(first.length))]
      : [name],
  )
  const queries = 'query' in place ? [`?${place.query}`] : []
  return [...named, ...queries].map((name) => ({ name, key: name.toLowerCase(), ...wanted }))
}

/** What stands before every signature. */
const beginningOf = ({ prefix, list }: { prefix?: string; list?: FieldList }) =>
  prefix ?? (list && `${list.field}${list.pair}`)

const headersIn = (rule: Rule = []) => rule.flat().filter((name) => !name.startsWith('/'))

function isHere(request: InboundRequest, { name, holds }: Mark): boolean {
  const values = name.startsWith('?')
    ? queryValues(request, name.slice(1))
    : headerValues(request, name)
  return values.some((value) => holds === undefined || value.includes(holds))
}

/** Never as much as a header: it only parts those whose headers are the same. */
function createBodyScore(request: InboundRequest): (preset: Preset) => number {
  const isRead = request.body.length > 0 && request.body.length <= MAX_BODY
  const bodies = new Map<string | undefined, Body | null>()
  const bodyFor = (formField: string | undefined) => {
    const known = bodies.get(formField)
    if (known !== undefined) return known
    const body = isRead ? readable(readBody(request, formField)) : null
    bodies.set(formField, body)
    return body
  }
  return ({ id = [], type = [], formField }) => {
    const body = bodyFor(formField)
    if (body === null) return 0
    const found = (rule: Rule) =>
      rule.flat().some((path) => path.startsWith('/') && body.at(path) !== undefined)
    return [id, type].filter(found).length / 100
  }
}

function readable(body: Body): Body | null {
  try {
    body.json()
    return body
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}
