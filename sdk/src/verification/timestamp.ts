import type { Timestamp } from './scheme.ts'
import { type Finding, WebhookError } from './webhook-error.ts'

/** What is left of a time: its text goes into the signed bytes, never a second spelling of it. */
export type SentAt = { text: string; ms: number; hasFraction: boolean }

const ISO = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

/** Digits only: `Number` would take `1e10`, `0x10` and ` 1`. ISO 8601 needs its zone. */
export function parseTimestamp(text: string, unit: Timestamp['unit']): SentAt {
  if (unit === 'iso') return parseIso(text)
  if (!/^\d{1,13}$/.test(text)) {
    throw malformed('The timestamp is not 1 to 13 digits.')
  }
  const ms = unit === 's' ? Number(text) * 1000 : Number(text)
  return { text, ms, hasFraction: unit === 'ms' }
}

function parseIso(text: string): SentAt {
  const [, date, time, fraction = '', zone] = ISO.exec(text) ?? []
  // More digits than milliseconds are not read alike everywhere.
  const ms = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${zone?.toUpperCase()}`)
  if (Number.isNaN(ms)) throw malformed('The timestamp is not ISO 8601 with a zone.')
  return { text, ms, hasFraction: fraction !== '' }
}

/** Seconds by which `now` is later. */
export function skewOf({ ms, hasFraction }: SentAt, now: Date): number {
  const at = hasFraction ? now.getTime() : Math.floor(now.getTime() / 1000) * 1000
  return (at - ms) / 1000
}

/** Exactly the tolerance passes, both ways. */
export function assertFresh(sent: SentAt, { unit, tolerance }: Timestamp, now: Date): number {
  if (Number.isNaN(now.getTime())) throw new RangeError('now must be a valid Date.')
  const skew = skewOf(sent, now)
  if (tolerance === null) return skew
  if (!(Number.isFinite(tolerance) && tolerance >= 0)) {
    throw new RangeError(`tolerance must be 0 or more, not ${tolerance}.`)
  }
  if (Math.abs(skew) <= tolerance) return skew
  const findings = wrongUnit(sent, unit, { tolerance, now })
  const by = `${Math.abs(skew)} s ${skew > 0 ? 'old' : 'ahead of our clock'}`
  const code = skew > 0 ? 'timestamp_too_old' : 'timestamp_too_new'
  throw new WebhookError(code, `The request is ${by}; ${tolerance} s are allowed.`, { findings })
}

/** Says so when the time would be right in the other unit. */
function wrongUnit(
  { text }: SentAt,
  unit: Timestamp['unit'],
  { tolerance, now }: { tolerance: number; now: Date },
): Finding[] {
  if (unit === 'iso') return []
  const other = unit === 's' ? 'ms' : 's'
  const skew = skewOf(parseTimestamp(text, other), now)
  if (Math.abs(skew) > Math.max(tolerance, 3600)) return []
  const names = { s: 'seconds', ms: 'milliseconds' }
  return [
    {
      code: 'timestamp_unit',
      sentence: `The timestamp is in ${names[other]}; this scheme wants ${names[unit]}.`,
      remedy: `Send ${names[unit]}, or set the scheme's unit to ${other}.`,
    },
  ]
}

const malformed = (message: string) => new WebhookError('timestamp_malformed', message)
