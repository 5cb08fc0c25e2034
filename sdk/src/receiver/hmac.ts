import { assertTemplate } from '../verification/assert-template.ts'
import type { Preset } from '../verification/preset.ts'
import type { HmacScheme, Timestamp } from '../verification/scheme.ts'
import { parseTemplate } from '../verification/template.ts'

export type HmacOptions = {
  /** The header of the signature. */
  header: string
  algorithm?: HmacScheme['algorithm']
  encoding: HmacScheme['encoding']
  /** What stands before the signature, such as `sha256=`. */
  prefix?: string
  /** `{body} {t} {method} {url} {h:name}` and text. Default `{body}`. */
  signed?: string
  timestamp?: { header: string; unit: Timestamp['unit']; tolerance: number | null }
  key?: NonNullable<HmacScheme['key']>
}

/** A provider that signs with a shared secret in its own way. */
export function hmac(options: HmacOptions): Preset {
  const {
    header,
    algorithm = 'sha256',
    encoding,
    prefix,
    signed = '{body}',
    timestamp,
    key,
  } = options
  assertTemplate(signed)
  const names = parseTemplate(signed).flatMap((part) => ('name' in part ? [part.name] : []))
  if (names.includes('t') && !timestamp) throw new TypeError('{t} is signed: give `timestamp`.')
  if (timestamp && !names.includes('t')) {
    throw new TypeError('A time that is not signed proves nothing: put {t} into `signed`.')
  }
  return {
    name: 'generic',
    title: 'HMAC',
    scheme: {
      kind: 'hmac',
      algorithm,
      encoding,
      signature: { headers: [header], ...(prefix && { prefix }) },
      signed,
      ...(timestamp && {
        timestamp: {
          from: 'header',
          name: timestamp.header,
          unit: timestamp.unit,
          tolerance: timestamp.tolerance,
        },
      }),
      ...(key && { key }),
    },
    replyWithin: 15,
    docs: 'https://www.rfc-editor.org/rfc/rfc2104',
  }
}
