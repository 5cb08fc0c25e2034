// Tokens of any kind are random enough to need no slow hash; only their SHA-256 is kept.
import { createHash, randomBytes } from 'node:crypto'

/** A recognisable prefix, so that scanners find leaked tokens, and 256 random bits. */
export const randomToken = (prefix: 'bwk_' | 'bwa_' | 'bwp_' | 'bws_' | 'bwb_' | 'bwv_' | 'bwh_') =>
  `${prefix}${randomBytes(32).toString('base64url')}`

export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
