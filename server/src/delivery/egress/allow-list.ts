import { NEVER_OPEN, OPENABLE } from './address-table.ts'
import {
  type Address,
  contains,
  containsPrefix,
  hasHostBits,
  type Prefix,
  parseAddress,
  parsePrefix,
} from './addresses.ts'

// What the operator opened. Opened is opened for every tenant, so each entry is read strictly: it
// must lie wholly inside one range that may be opened at all.

export type AllowList = { readonly entries: readonly AllowEntry[] }
type AllowEntry = { readonly prefix: Prefix; readonly port: number | null }

export const EMPTY_ALLOW_LIST: AllowList = { entries: [] }

/** `10.1.2.0/24:8443, 127.0.0.0/8`. Throws an Error that names every bad entry and says why. */
export function parseAllowList(text: string): AllowList {
  const entries: AllowEntry[] = []
  const problems: string[] = []
  for (const word of text.split(/[\s,]+/)) {
    if (word === '') continue
    const entry = parseEntry(word)
    if (typeof entry === 'string') problems.push(`"${word}" ${entry}`)
    else entries.push(entry)
  }
  if (problems.length > 0) throw new Error(problems.join('; '))
  return { entries }
}

export function isAllowListed(list: AllowList, address: Address, port: number): boolean {
  return list.entries.some(
    (entry) =>
      (entry.port === null || entry.port === port) && contains(entry.prefix, address.bytes),
  )
}

/** Whether any entry could admit this port: if not, a name on it needs no look-up. */
export function admitsPort(list: AllowList, port: number): boolean {
  return port !== 0 && list.entries.some((entry) => entry.port === null || entry.port === port)
}

function parseEntry(word: string): AllowEntry | string {
  const bare = parseAddress(word)
  if (bare !== null) return `needs a prefix length: ${word}/${bare.family === 4 ? 32 : 128}`

  const [, range = word, portText] = /^(.*\/\d+)(?::(\d+))?$/.exec(word) ?? []
  const prefix = parsePrefix(range)
  if (prefix === null) return 'is not a range such as 10.1.2.0/24, optionally with :port'
  if (hasHostBits(prefix)) return `has bits set after its first ${prefix.bits}`

  const port = portText === undefined ? null : Number(portText)
  if (port !== null && (port < 1 || port > 65_535)) return 'has a port outside 1 to 65535'

  const never = NEVER_OPEN.find((row) => containsPrefix(row.prefix, prefix))
  if (never !== undefined) return `can never be opened: ${never.what}`
  if (!OPENABLE.some((row) => containsPrefix(row.prefix, prefix))) {
    return `does not lie wholly inside a range that may be opened (${openable(prefix.family)})`
  }
  return { prefix, port }
}

function openable(family: 4 | 6): string {
  if (family === 6) return '::1/128, fc00::/7'
  return '10/8, 172.16/12, 192.168/16, 100.64/10, 127/8, 198.18/15'
}
