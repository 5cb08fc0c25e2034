// How a source looks on the wire.
import { z } from 'zod'
import {
  MAX_INBOUND_BYTES,
  MAX_SOURCE_SECRETS,
  type ShownSecret,
  type Source,
  type SourceSettings,
} from '../domain/source.ts'
import { channels, cleanText, namesTo, time, uid } from './fields.ts'
import { wireShapes } from './shapes.ts'
import { PlaceIn, SchemeIn } from './source-scheme.ts'

const MIB = 1024 * 1024

/** A header name, or a JSON pointer into the body. */
const place = () =>
  z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, 'a header or a JSON pointer')
/** The first that is there; a list inside counts together. */
const rule = () =>
  z
    .array(z.union([place(), z.array(place()).min(1).max(8)]))
    .min(1)
    .max(8)
const pointer = () =>
  z
    .string()
    .max(256)
    .regex(/^(\/[^\u0000]*)?$/, 'a JSON pointer, as /data/items; an empty one is the whole body')
const texts = (max: number) => z.array(cleanText(max).min(1)).max(100)

const AnswerIn = z
  .object({
    /** A 2xx: with anything else the provider would send it again and again. */
    status: z.number().int().min(200).max(299).default(200),
    headers: namesTo(cleanText(4_096)).optional(),
    body: cleanText(64 * 1024).default(''),
  })
  .register(wireShapes, { id: 'SourceAnswer' })

const settings = {
  provider: z.string().min(1).max(64).nullish(),
  variant: z.string().min(1).max(64).nullish(),
  scheme: SchemeIn.nullish(),
  place: PlaceIn.nullish(),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .nullish(),
  idFrom: rule().nullish(),
  typeFrom: rule().nullish(),
  timeFrom: rule().nullish(),
  typePrefix: z
    .string()
    .max(64)
    .regex(/^[a-zA-Z0-9\-_.]*$/, 'may hold letters, digits, "-", "_" and "." only')
    .nullish(),
  split: pointer().nullish(),
  answer: AnswerIn.nullish(),
  unreadableStatus: z
    .number()
    .int()
    .refine((status) => status === 400 || (status >= 200 && status < 300), {
      error: '400, or a 2xx where the provider gives up on a 400',
    })
    .nullish(),
  toleranceSeconds: z.number().int().min(1).max(86_400).nullish(),
  allowedTopics: texts(512).nullish(),
  allowedOrigins: texts(512).nullish(),
  allowedAddresses: texts(64).nullish(),
  webhookId: z.string().min(1).max(256).nullish(),
  verifyToken: cleanText(1_024).min(1).nullish(),
  passThrough: z.boolean().nullish(),
  channels: channels().nullish(),
  maxBodyBytes: z.number().int().min(1).max(MAX_INBOUND_BYTES).nullish(),
  dedupeHours: z.number().int().min(1).max(2_160).nullish(),
  refuseReplays: z.boolean().nullish(),
  requestsPerSecond: z.number().int().min(1).max(100_000).nullish(),
}

export const SecretIn = z
  .object({
    value: z.string().min(1).max(8_192),
    expiresAt: z.iso.datetime({ offset: true }).nullish(),
  })
  .register(wireShapes, { id: 'SourceSecretIn' })

const shared = {
  name: cleanText(10_000).optional(),
  uid: uid('source').nullish(),
  paused: z.boolean().optional(),
  disabled: z.boolean().optional(),
  ...settings,
}

export const SourceIn = z
  .object({
    /** Id or uid of the application whose messages its webhooks become. */
    application: z.string().min(1).max(256),
    ...shared,
    secrets: z.array(SecretIn).max(MAX_SOURCE_SECRETS).optional(),
  })
  .register(wireShapes, { id: 'SourceIn' })

export const SourcePatch = z
  .object({ application: z.string().min(1).max(256).optional(), ...shared })
  .register(wireShapes, { id: 'SourcePatch' })

export const SecretOut = z
  .object({
    id: z.string(),
    hint: z.string(),
    captured: z.boolean(),
    createdAt: time(),
    expiresAt: time().nullable(),
  })
  .register(wireShapes, { id: 'SourceSecretOut' })

const outRule = z.array(z.union([z.string(), z.array(z.string())])).nullable()

export const SourceOut = z
  .object({
    id: z.string(),
    uid: z.string().nullable(),
    name: z.string(),
    applicationId: z.string(),
    provider: z.string().nullable(),
    variant: z.string().nullable(),
    scheme: z.record(z.string(), z.unknown()).nullable(),
    place: PlaceIn.nullable(),
    secrets: z.array(SecretOut),
    publicUrl: z.string().nullable(),
    idFrom: outRule,
    typeFrom: outRule,
    timeFrom: outRule,
    typePrefix: z.string().nullable(),
    split: z.string().nullable(),
    answer: z
      .object({
        status: z.number(),
        headers: z.record(z.string(), z.string()),
        body: z.string(),
      })
      .nullable(),
    unreadableStatus: z.number(),
    toleranceSeconds: z.number().nullable(),
    allowedTopics: z.array(z.string()),
    allowedOrigins: z.array(z.string()),
    allowedAddresses: z.array(z.string()),
    webhookId: z.string().nullable(),
    hasVerifyToken: z.boolean(),
    passThrough: z.boolean(),
    channels: z.array(z.string()).nullable(),
    maxBodyBytes: z.number(),
    dedupeHours: z.number(),
    refuseReplays: z.boolean(),
    requestsPerSecond: z.number(),
    paused: z.boolean(),
    disabled: z.boolean(),
    connectedAt: time().nullable(),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'SourceOut' })

const DEFAULTS: SourceSettings = {
  provider: null,
  variant: null,
  scheme: null,
  place: null,
  publicUrl: null,
  idFrom: null,
  typeFrom: null,
  timeFrom: null,
  typePrefix: null,
  split: null,
  answer: null,
  unreadableStatus: 400,
  toleranceSeconds: null,
  allowedTopics: [],
  allowedOrigins: [],
  allowedAddresses: [],
  webhookId: null,
  passThrough: false,
  channels: null,
  maxBodyBytes: 5 * MIB,
  dedupeHours: 7 * 24,
  refuseReplays: false,
  requestsPerSecond: 1_000,
}

/** What is given over what there was; null is the default again, absent keeps. */
export function toSettings(
  { answer, ...others }: z.output<typeof SourcePatch>,
  present: SourceSettings = DEFAULTS,
): SourceSettings {
  const given = { ...others, answer: answer && { headers: {}, ...answer } }
  // A source may be older than some of its settings.
  const merged = Object.entries({ ...DEFAULTS, ...present }).map(([name, value]) => {
    const wanted = given[name as keyof SourceSettings]
    if (wanted === undefined) return [name, value]
    return [name, wanted ?? DEFAULTS[name as keyof SourceSettings]]
  })
  return Object.fromEntries(merged) as SourceSettings
}

export const toSecretOut = (secret: ShownSecret): z.input<typeof SecretOut> => ({
  ...secret,
  createdAt: secret.createdAt.toISOString(),
  expiresAt: secret.expiresAt?.toISOString() ?? null,
})

export const toSourceOut = (source: Source, secrets: ShownSecret[]): z.input<typeof SourceOut> => ({
  id: source.id,
  uid: source.uid,
  name: source.name,
  applicationId: source.applicationId,
  ...{ ...DEFAULTS, ...source.settings },
  scheme: source.settings.scheme as Record<string, unknown> | null,
  secrets: secrets.map(toSecretOut),
  hasVerifyToken: source.hasVerifyToken,
  paused: source.paused,
  disabled: source.disabled,
  connectedAt: source.connectedAt?.toISOString() ?? null,
  createdAt: source.createdAt.toISOString(),
  updatedAt: source.updatedAt.toISOString(),
})
