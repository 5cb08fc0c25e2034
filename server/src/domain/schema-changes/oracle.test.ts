// The rule against a validator: whenever a payload shows that a change breaks somebody, it is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { schemaChanges } from './compare.ts'
import type { Json } from './schema-change.ts'

const PAIRS = 300
const PAYLOADS = 12

/** The same numbers each time. */
function createRandom(seed: number) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

function createMaker(random: () => number) {
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)]!
  const some = <T>(list: T[]): T[] => list.filter(() => random() < 0.5)
  const leaf = (): Json =>
    pick<() => Json>([
      () => ({ type: pick(['string', 'number', 'integer', 'boolean', 'null']) }),
      () => ({ type: some(['string', 'integer', 'null']).concat('boolean') }),
      () => ({ enum: [...some(['x', 'y', 1]), null] }),
      () => ({ const: pick(['x', 1, null]) }),
      () => ({ type: 'integer', minimum: pick([0, 1, 2]), maximum: pick([2, 3]) }),
      () => ({ type: 'string', minLength: pick([0, 1, 2]), maxLength: pick([2, 3]) }),
      () => ({ multipleOf: pick([1, 2, 4]) }),
      () => ({}),
    ])()
  const object = (depth: number): Json => ({
    ...(random() < 0.7 && { type: 'object' }),
    properties: Object.fromEntries(some(['a', 'b', 'c']).map((name) => [name, schema(depth - 1)])),
    ...(random() < 0.5 && { required: some(['a', 'b']) }),
    ...(random() < 0.3 && { additionalProperties: random() < 0.5 ? false : leaf() }),
  })
  const schema = (depth: number): Json => {
    if (depth === 0) return leaf()
    return pick<() => Json>([
      () => object(depth),
      () => object(depth),
      leaf,
      () => ({ type: 'array', items: schema(depth - 1), minItems: pick([0, 1]) }),
      () => ({ anyOf: [schema(depth - 1), leaf()] }),
      () => ({ allOf: [object(depth), object(depth)] }),
    ])()
  }
  /** A few things of it are other things. */
  const changed = (given: unknown, depth: number): unknown => {
    if (Array.isArray(given)) return given.map((one) => changed(one, depth))
    if (typeof given !== 'object' || given === null) return given
    const entries = Object.entries(given)
      .filter(() => random() < 0.95)
      .map(([name, value]) => [name, changed(value, depth - 1)])
    const copy = Object.fromEntries(entries) as Json
    const isSchema = 'type' in given || 'enum' in given || 'const' in given
    return isSchema && random() < 0.15 ? schema(Math.max(depth, 0)) : copy
  }
  /** Has members that the schema names, or in their places anything. */
  const payload = (given: unknown): unknown => {
    const { properties, items, anyOf, allOf } = (given ?? {}) as { [name: string]: unknown }
    if (random() < 0.1) return pick<unknown>(['x', 1, null, {}, [], true, 1.5])
    if (Array.isArray(anyOf)) return payload(pick(anyOf))
    if (Array.isArray(allOf)) return Object.assign({}, ...allOf.map(payload))
    if (typeof items === 'object') return some([1, 2]).map(() => payload(items))
    if (typeof properties !== 'object' || properties === null) {
      return pick<unknown>(['x', 'xy', 'xyz', 'y', '', 0, 1, 2, 3, 4, 1.5, null, true])
    }
    const members = Object.entries(properties).filter(() => random() < 0.8)
    return Object.fromEntries(members.map(([name, member]) => [name, payload(member)]))
  }
  return { schema, changed, payload }
}

test('what a validator finds broken is told as breaking', () => {
  const random = createRandom(20_261_121)
  const { schema, changed, payload } = createMaker(random)
  const found = { senders: 0, receivers: 0 }
  for (let pair = 0; pair < PAIRS; pair++) {
    const before = schema(2)
    const after = changed(before, 2)
    const ajv = new Ajv({ strict: false })
    const [isBefore, isAfter] = [ajv.compile(before), ajv.compile(after as Json)]
    const sides = new Set(schemaChanges(before, after).flatMap(({ breaks }) => breaks))
    for (let n = 0; n < PAYLOADS; n++) {
      const one = payload(before)
      const was = isBefore(one)
      if (was === isAfter(one)) continue
      const side = was ? 'senders' : 'receivers'
      found[side]++
      const opened = schemaChanges(before, after).some(({ kind }) => kind === 'opened')
      const at = JSON.stringify({ before, after, one })
      // To receivers it is no break that an object which was closed no longer is.
      assert.ok(sides.has(side) || (side === 'receivers' && opened), `${side}: ${at}`)
    }
  }
  assert.ok(found.senders > 50 && found.receivers > 50, JSON.stringify(found))
})
