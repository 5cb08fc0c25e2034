// What every list shares: its query, its envelope, and how its iterators read.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import { type Id, type Kind, parseId, toUuid } from '../domain/ids.ts'
import type { Order, Page, PageRequest } from '../store/page.ts'
import { cleanText } from './fields.ts'
import { onTheWire } from './shapes.ts'

/** More than any name or list of names: the request line itself is bounded. */
const MAX_TEXT = 65_536

/** Every value of a query arrives as a list; of a scalar the last one counts. */
const scalar = <Schema extends z.ZodType<unknown, string | undefined>>(schema: Schema) =>
  z
    .array(z.string())
    .optional()
    .transform((values) => values?.at(-1))
    .pipe(schema)

/** PostgreSQL cannot hold U+0000, so it cannot be asked for it either. */
const searchable = () => cleanText(MAX_TEXT)

export const text = () => onTheWire(scalar(searchable().optional()), { type: 'string' })
export const flag = (initial: boolean) =>
  onTheWire(
    scalar(
      z
        .enum(['true', 'false'])
        .optional()
        .transform((value) => (value === undefined ? initial : value === 'true')),
    ),
    { type: 'boolean', default: initial },
  )
/** `a,b`, repeated, `name[]=` and `name[0]=` all mean the same; null when absent or without a name. */
export const texts = () =>
  onTheWire(
    z
      .array(searchable())
      .optional()
      .transform((values) => {
        const names = values?.flatMap((value) => value.split(',')).filter(Boolean) ?? []
        return names.length === 0 ? null : names
      }),
    {
      type: 'array',
      items: { type: 'string' },
      description: '`a,b`, repeated, or with `[]` or `[0]` after the name',
    },
  )
/** From 0 on; absent is undefined. */
export const wholeNumber = (max = Number.MAX_SAFE_INTEGER) =>
  onTheWire(
    scalar(
      z
        .string()
        .regex(/^\d{1,16}$/, 'expected a whole number')
        .transform(Number)
        .pipe(z.number().max(max))
        .optional(),
    ),
    { type: 'integer', minimum: 0, maximum: max },
  )
export const choice = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  onTheWire(scalar(z.enum(choices).optional()), { type: 'string', enum: choices })
export const dateTime = () =>
  onTheWire(
    scalar(
      z
        .string()
        .optional()
        .transform((value, context) => {
          if (value === undefined) return null
          const date = parseDateTime(value)
          if (date === null) {
            context.addIssue({
              code: 'invalid_format',
              format: 'datetime',
              message: `expected an RFC 3339 date and time, got "${value}"`,
            })
            return z.NEVER
          }
          return date
        }),
    ),
    { type: 'string', format: 'date-time', description: 'RFC 3339, with any offset' },
  )

/** RFC 3339 with any offset, `T` or a space, also `2026-01-31 10:00:00 UTC`; null when it is not. */
export function parseDateTime(value: string): Date | null {
  const parts =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)\s?([Zz]|UTC|[+-]\d\d:\d\d)$/.exec(value)
  if (parts === null) return null
  const [, day, time, zone] = parts
  // `Date` takes the 30th of February for the 2nd of March.
  const midnight = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day!)) return null
  const date = new Date(`${day}T${time}${/^(z|UTC)$/i.test(zone!) ? 'Z' : zone}`)
  return Number.isNaN(date.getTime()) ? null : date
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 250

export const pageQuery = {
  limit: onTheWire(
    scalar(
      z
        .string()
        .regex(/^-?\d+$/, 'expected a whole number')
        .transform(Number)
        .pipe(z.number().min(1).max(MAX_LIMIT))
        .optional()
        .transform((value) => value ?? DEFAULT_LIMIT),
    ),
    { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  ),
  iterator: onTheWire(text(), {
    type: 'string',
    description: 'The `iterator` or `prevIterator` of another page',
  }),
}
export const orderQuery = { order: choice(['ascending', 'descending']) }

type Paging = { limit: number; iterator?: string | undefined; order?: Order | undefined }

/** A page of things named by id. Throws 422 for an iterator that is no id of the kind. */
export function pageById(
  query: Paging,
  kind: Kind,
  initial: Order,
  where: string[] = ['query', 'iterator'],
): PageRequest {
  const toKey = (name: string) => {
    const id = parseId(kind, name)
    return id === null ? null : toUuid(id)
  }
  return pageBy(query, initial, toKey, where)
}

/** A page of things named by text. */
export function pageByName(query: Paging, initial: Order, pattern: RegExp): PageRequest {
  return pageBy(query, initial, (name) => (pattern.test(name) ? name : null))
}

function pageBy(
  { limit, iterator, order }: Paging,
  initial: Order,
  toKey: (name: string) => string | null,
  where: string[] = ['query', 'iterator'],
): PageRequest {
  if (iterator === undefined) return { limit, cursor: null, order: order ?? initial }
  const backward = iterator.startsWith('-')
  const key = toKey(/^[-~]/.test(iterator) ? iterator.slice(1) : iterator)
  if (key === null) {
    throw invalid(where, `not an iterator of this list: ${JSON.stringify(iterator.slice(0, 100))}`)
  }
  return { limit, cursor: { key, backward }, order: order ?? initial }
}

export type Envelope<Item> = {
  data: Item[]
  iterator: string | null
  prevIterator?: string
  done: boolean
}

/** A page that stopped early leads on from there, also when it is empty. */
export function toEnvelope<Item, Out>(
  { items, done, stopped }: Page<Item>,
  { name, out }: { name(item: Item): string; out(item: Item): Out },
): Envelope<Out> {
  const names = items.map(name)
  const first = stopped?.backward ? stopped.at : (names[0] ?? stopped?.at)
  const last = stopped?.backward === false ? stopped.at : (names.at(-1) ?? stopped?.at)
  return {
    data: items.map(out),
    iterator: last === undefined ? null : forward(last),
    ...(first !== undefined && { prevIterator: `-${first}` }),
    done,
  }
}

/** A name may begin with "-", which means back: then "~", which no name holds, goes before it. */
const forward = (name: string) => (name.startsWith('-') ? `~${name}` : name)

export const byId = <K extends Kind>(item: { id: Id<K> }) => item.id

export const envelope = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    iterator: z.string().nullable(),
    prevIterator: z.string().optional(),
    done: z.boolean(),
  })
