// JSON whose numbers keep their spelling: 1.0 and 12345678901234567890 come out as they went in.

/** A number that JavaScript would spell in another way. */
type RawNumber = { rawJSON: string }
type ExactJson = typeof JSON & {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}
// ES2026, which Node has and TypeScript's library does not know yet.
const json = JSON as ExactJson

/** As `JSON.parse`, but `JSON.stringify` gives every number back as it was written. */
export function parseExact(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? json.rawJSON(context.source)
      : value
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

export const isRawNumber = (value: unknown): value is RawNumber => json.isRawJSON(value)
