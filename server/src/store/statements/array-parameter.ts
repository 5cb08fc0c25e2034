// Arrays as the text PostgreSQL reads. The driver would quote and escape each member, and go over each
// text twice: a tenth of the time that a batch spends in this process.

export const uuids = (values: (string | null)[]): string => `{${values.map(orNull).join(',')}}`
export const numbers = (values: (number | null | undefined)[]): string =>
  `{${values.map(orNull).join(',')}}`

export const times = (values: (Date | null)[]): string =>
  `{${values.map((value) => orNull(value?.toISOString())).join(',')}}`

export const texts = (values: (string | null | undefined)[]): string =>
  `{${values.map(quoted).join(',')}}`

/** Of JSON that is text already: nothing in it has to be escaped, as in an array it would. */
export const jsonList = (values: (string | null | undefined)[]): string =>
  `[${values.map((value) => value ?? 'null').join(',')}]`

const NEEDS_ESCAPE = /["\\]/g

const quoted = (value: string | null | undefined) =>
  value == null ? 'NULL' : `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`

const orNull = (value: string | number | null | undefined) => value ?? 'NULL'
