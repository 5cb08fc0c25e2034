// What differs between two captures: headers by name, bodies as JSON where both are, else as bytes.
import type { Capture } from './bin.ts'

/** The values as JSON text; one that is not there is left out. */
export type JsonChange = { pointer: string; from?: string; to?: string }

export type Difference = {
  method: { from: string; to: string } | null
  target: { from: string; to: string } | null
  headers: { name: string; from: string[]; to: string[] }[]
  body: {
    isSame: boolean
    /** The first byte that differs; null when none does. */
    firstByte: number | null
    /** By JSON pointer; null when one of them is no JSON. */
    json: JsonChange[] | null
    /** There was more than is shown. */
    isCut: boolean
  }
}

const MOST = 500

/** Of a value that is not there. */
const ABSENT = undefined

export function differenceBetween(from: Capture, to: Capture): Difference {
  const json = jsonDifference(from.body, to.body)
  return {
    method: changed(from.method, to.method),
    target: changed(from.target, to.target),
    headers: headerDifference(from, to),
    body: {
      isSame: from.body.equals(to.body),
      firstByte: firstByteOf(from.body, to.body),
      json: json === null ? null : json.slice(0, MOST),
      isCut: json !== null && json.length > MOST,
    },
  }
}

const changed = (from: string, to: string) => (from === to ? null : { from, to })

function headerDifference(from: Capture, to: Capture): Difference['headers'] {
  const before = byName(from)
  const after = byName(to)
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const was = before.get(name) ?? []
    const is = after.get(name) ?? []
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ name, from: was, to: is }]
  })
}

function byName({ headers }: Capture): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    names.set(lower, [...(names.get(lower) ?? []), value])
  }
  return names
}

function firstByteOf(from: Buffer, to: Buffer): number | null {
  if (from.equals(to)) return null
  const shorter = Math.min(from.length, to.length)
  for (let at = 0; at < shorter; at++) if (from[at] !== to[at]) return at
  return shorter
}

function jsonDifference(from: Buffer, to: Buffer): Difference['body']['json'] {
  const texts = [from, to].map((body) => body.toString('utf8'))
  try {
    const [was, is] = texts.map((text): unknown => JSON.parse(text))
    const found: JsonChange[] = []
    compare({ was, is, pointer: '', depth: 0 }, found)
    return found
  } catch {
    return null
  }
}

const MAX_DEPTH = 64

type Place = { was: unknown; is: unknown; pointer: string; depth: number }

function compare({ was, is, pointer, depth }: Place, found: JsonChange[]): void {
  if (found.length > MOST || was === is) return
  const isBoth = isContainer(was) && isContainer(is) && Array.isArray(was) === Array.isArray(is)
  if (!isBoth || depth >= MAX_DEPTH) {
    const [from, to] = [was, is].map((value) => JSON.stringify(value) as string | undefined)
    if (from === to) return
    found.push({ pointer, ...(from !== ABSENT && { from }), ...(to !== ABSENT && { to }) })
    return
  }
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const step = key.replaceAll('~', '~0').replaceAll('/', '~1')
    const next = { pointer: `${pointer}/${step}`, depth: depth + 1 }
    compare({ was: own(was, key), is: own(is, key), ...next }, found)
  }
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

const own = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : ABSENT
