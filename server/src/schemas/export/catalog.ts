// The catalogue file, to begin with what an environment has.
import { stringify } from 'yaml'
import { isRawNumber, parseExact } from '../../domain/exact-json.ts'
import { isObject, type Json } from '../document.ts'
import type { Exported } from './exported.ts'

export function toCatalogFile(entries: Exported[]): string {
  const eventTypes = Object.fromEntries(entries.map((entry) => [entry.name, toEntry(entry)]))
  return stringify({ eventTypes }, { lineWidth: 100, aliasDuplicateObjects: false })
}

function toEntry({ description, groupName, deprecated, featureFlags, schemas }: Exported): Json {
  const versions = schemas === null ? null : (plain(parseExact(schemas)) as Json)
  const only = versions !== null && Object.keys(versions).join() === '1' ? versions['1'] : null
  return {
    description,
    ...(groupName !== null && groupName !== '' && { group: groupName }),
    ...(deprecated && { deprecated }),
    ...(featureFlags !== null && featureFlags.length > 0 && { featureFlags }),
    ...(only !== null ? { schema: only } : versions !== null && { schemas: versions }),
  }
}

/** YAML has no numbers as they were spelled; whole ones stay exact. */
function plain(value: unknown): unknown {
  if (isRawNumber(value)) {
    return /^-?\d+$/.test(value.rawJSON) ? BigInt(value.rawJSON) : Number(value.rawJSON)
  }
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}
