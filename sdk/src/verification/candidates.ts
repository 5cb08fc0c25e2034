import { headerValues, type InboundRequest, queryValues } from './request.ts'
import type { FieldList, Place } from './scheme.ts'
import { WebhookError } from './webhook-error.ts'

type SignaturePlace = Place & { prefix?: string; list?: FieldList }

/** The texts that may be signatures, and the fields that stand beside them in a list. */
export type Candidates = { texts: string[]; fields: Map<string, string[]> }

/** Reads what is there and throws where there is nothing, or more than one where one is due. */
export function readCandidates(request: InboundRequest, place: SignaturePlace): Candidates {
  const { prefix = '', list } = place
  const values = readPlace(request, place, { several: list ? 'allowed' : 'refused', comma: true })
  const fields = new Map<string, string[]>()
  const texts = list ? values.flatMap((value) => readList(value, list, fields)) : values
  const usable = texts.flatMap((text) =>
    text.startsWith(prefix) && text.length > prefix.length ? [text.slice(prefix.length)] : [],
  )
  if (usable.length > 0) return { texts: usable, fields }
  const wanted = list ? `${list.field}${list.pair}…` : `${prefix}…`
  throw new WebhookError('signature_malformed', `${describe(place)} holds no ${wanted}.`)
}

/**
 * All values at a place. A header of one value that comes twice, or joined by a `comma` as fetch
 * does, is ambiguous.
 */
export function readPlace(
  request: InboundRequest,
  place: Place,
  { several, comma = false }: { several: 'allowed' | 'refused'; comma?: boolean },
): string[] {
  const inHeaders = 'headers' in place ? place.headers : []
  const groups = inHeaders.map((name) => ({ name, values: headerValues(request, name) }))
  if ('query' in place) {
    groups.push({ name: `?${place.query}`, values: queryValues(request, place.query) })
  }
  for (const { name, values } of groups) {
    const isJoined = comma && values[0]?.includes(',') === true
    if (several === 'allowed' || (values.length < 2 && !isJoined)) continue
    throw new WebhookError('signature_ambiguous', `${name} holds several values.`)
  }
  const all = groups.flatMap(({ values }) => values)
  if (all.length > 0) return all
  throw new WebhookError('signature_missing', `${describe(place)} is missing.`)
}

function readList(value: string, list: FieldList, fields: Map<string, string[]>): string[] {
  const items = value.split(list.item).flatMap((item) => {
    const end = item.indexOf(list.pair)
    return end < 0 ? [] : [[item.slice(0, end), item.slice(end + list.pair.length)] as const]
  })
  for (const [name, text] of items) fields.set(name, [...(fields.get(name) ?? []), text])
  return items.flatMap(([name, text]) => (name === list.field && text !== '' ? [text] : []))
}

export function describe(place: Place): string {
  const headers = 'headers' in place ? place.headers : []
  const [name = 'query' in place ? `?${place.query}` : 'The signature', ...others] = headers
  return others.length === 0 ? name : `${name} (or ${others.at(-1)})`
}
