/** Why our own PostgreSQL is not there, in a sentence for the person who started Bellwire. */
export class EmbeddedError extends Error {
  override name = 'EmbeddedError'
}

export const USE_YOUR_OWN = 'or set DATABASE_URL to a PostgreSQL 15 or newer of your own'

/** The code of a system call's or PostgreSQL's error; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
