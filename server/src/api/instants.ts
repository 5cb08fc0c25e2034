import { z } from 'zod'
import { parseDateTime } from './lists.ts'

/** A moment in a body: RFC 3339 with any offset. */
export const instant = () =>
  z.string().transform((value, context) => {
    const date = parseDateTime(value)
    if (date !== null) return date
    context.addIssue({
      code: 'custom',
      message: `expected an RFC 3339 date and time, got ${JSON.stringify(value.slice(0, 100))}`,
    })
    return z.NEVER
  })
