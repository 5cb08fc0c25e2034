import { CommandError } from './failures.ts'

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** `90s`, `15m`, `1h`, `2d`, or a time such as 2026-01-01T12:00:00Z. */
export function parseSince(text: string, now: Date): Date {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (amount !== undefined && unit !== undefined) {
    return new Date(now.getTime() - Number(amount) * SECONDS[unit as keyof typeof SECONDS] * 1000)
  }
  const time = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(time)) return new Date(time)
  throw new CommandError(
    `--since: expected something like 15m, 2h or 2026-01-01T12:00:00Z, got ${JSON.stringify(text)}`,
    2,
  )
}
