// Fields that several resources share, with their rules.
import { z } from 'zod'
import { type Kind, prefixOf } from '../domain/ids.ts'
import { MAX_RETRIES, MAX_RETRY_SECONDS } from '../domain/retry.ts'
import { onTheWire } from './shapes.ts'

const NAME = /^[a-zA-Z0-9\-_.]+$/

/** U+0000–U+0008 in text is refused, and so is half a surrogate pair, which no database can hold. */
export const cleanText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !/[\u0000-\u0008]/.test(value) && value.isWellFormed(), {
      error: 'control characters U+0000 to U+0008 and lone surrogates are not allowed',
    })

/** A name that its owner chose; it must not look like an id of its kind. */
export const uid = (kind: Kind) =>
  z
    .string()
    .min(1)
    .max(256)
    .regex(NAME, 'may hold letters, digits, "-", "_" and "." only')
    .refine((value) => !value.startsWith(prefixOf(kind)), {
      error: `must not start with "${prefixOf(kind)}": that is how ids begin`,
    })

export const eventTypeName = () =>
  z.string().min(1).max(256).regex(NAME, 'may hold letters, digits, "-", "_" and "." only')
/** Also `lead.*`, for every type whose name begins with `lead.`. */
export const eventTypeOrGroup = () =>
  z
    .string()
    .min(1)
    .max(256)
    .regex(
      /^[a-zA-Z0-9\-_.]+(\.\*)?$/,
      'may hold letters, digits, "-", "_" and "." only, and end with ".*"',
    )
export const EVENT_TYPE_NAME = NAME
export const featureFlagName = () => z.string().min(1).max(256).regex(NAME)
export const sessionId = () =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-zA-Z0-9@_-]+$/, 'may hold letters, digits, "@", "_" and "-" only')

const CHANNEL = /^[a-zA-Z0-9\-_.:+]+$/
const TAG = /^[a-zA-Z0-9\-_./\\#]+$/
const distinct = (values: string[]) => [...new Set(values)]

export const channels = () =>
  z
    .array(z.string().min(1).max(128).regex(CHANNEL, 'may hold letters, digits and "-_.:+" only'))
    .min(1)
    .transform(distinct)
    .pipe(z.array(z.string()).max(10))

export const tags = () =>
  z
    .array(z.string().min(1).max(128).regex(TAG, 'may hold letters, digits and "-_./\\#" only'))
    .transform(distinct)
    .pipe(z.array(z.string()).max(5))

/** zod drops the name `__proto__` from a map without a word: it is refused before. */
const map = () =>
  z.unknown().refine((value) => !(value instanceof Object) || !Object.hasOwn(value, '__proto__'), {
    error: 'the name "__proto__" cannot be used',
  })

/** A map of names to values. */
export const namesTo = <Value extends z.ZodType>(value: Value) =>
  onTheWire(map().pipe(z.record(z.string(), value)), {
    type: 'object',
    additionalProperties: typesOf(value),
  })

/** Of the few values that maps have: strings, and strings or null. */
const typesOf = (value: z.ZodType) => ({
  type: value.safeParse(null).success ? ['string', 'null'] : 'string',
})

const MAX_METADATA_BYTES = 4_096

/** Replaced whole, never merged; null means none. */
export const metadata = () =>
  onTheWire(
    map().pipe(
      z
        .record(cleanText(MAX_METADATA_BYTES), cleanText(MAX_METADATA_BYTES))
        .nullable()
        .transform((value) => value ?? {})
        .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA_BYTES, {
          error: `at most ${MAX_METADATA_BYTES} bytes as compact JSON`,
        }),
    ),
    {
      type: ['object', 'null'],
      additionalProperties: { type: 'string' },
      description: `Replaced whole; at most ${MAX_METADATA_BYTES} bytes as compact JSON`,
    },
  )

export const throttleRate = () => z.number().int().min(1).max(65_535)

/** Seconds before attempts 2, 3, …, with decimals; an empty list means one attempt only. */
export const retrySchedule = () =>
  z.array(z.number().min(0).max(MAX_RETRY_SECONDS)).max(MAX_RETRIES)

export const time = () => z.iso.datetime()
