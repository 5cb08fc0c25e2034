import type { Answer } from '../domain/outcome.ts'

const MAX_DIGITS = 9
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const YEAR_MS = 366 * 24 * 60 * 60 * 1_000

/** Seconds that a 429 or 503 asked us to wait; undefined when it asked nothing sensible. */
export function retryAfterSeconds(answer: Answer, now: Date): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined
  const values = answer.headers.filter(([name]) => name === 'retry-after')
  return values.length === 1 ? parseRetryAfter(values[0]![1], now) : undefined
}

/** RFC 9110 §10.2.3: whole seconds or an HTTP date. The caller clamps what is far but sensible. */
export function parseRetryAfter(value: string, now: Date): number | undefined {
  const text = value.trim()
  if (/^\d+$/.test(text)) {
    return text.length > MAX_DIGITS ? undefined : Number(text)
  }
  if (!IMF_FIXDATE.test(text)) return undefined
  const waitMs = Date.parse(text) - now.getTime()
  if (Number.isNaN(waitMs) || waitMs > YEAR_MS) return undefined
  return Math.max(0, Math.ceil(waitMs / 1_000))
}
