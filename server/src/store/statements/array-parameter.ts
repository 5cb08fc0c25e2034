// Arrays of uuids, numbers and times, as the text PostgreSQL reads. The driver would quote and escape each
// member, which these need not: a tenth of the time that a batch spends in this process.

export const uuids = (values: (string | null)[]): string => `{${values.map(orNull).join(',')}}`
export const numbers = (values: (number | null | undefined)[]): string =>
  `{${values.map(orNull).join(',')}}`

export const times = (values: (Date | null)[]): string =>
  `{${values.map((value) => orNull(value?.toISOString())).join(',')}}`

const orNull = (value: string | number | null | undefined) => value ?? 'NULL'
