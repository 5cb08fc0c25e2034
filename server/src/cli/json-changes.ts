// Changes of a test event's fields, as they are written at the command line.
import { CommandError } from './failures.ts'

export type JsonChanges = {
  /** `path=value`, where the path leads to something that is there. */
  set?: string[]
  /** The same, and what leads there is made. */
  add?: string[]
  unset?: string[]
}

const MAX_INDEX = 10_000

/** First what is set and added, then what is taken away. */
export function change(target: object, { set = [], add = [], unset = [] }: JsonChanges): void {
  for (const assignment of set) assign(target, assignment, { option: '--set' })
  for (const assignment of add) assign(target, assignment, { option: '--add' })
  for (const path of unset) remove(target, path)
}

export const isChanged = ({ set = [], add = [], unset = [] }: JsonChanges) =>
  set.length + add.length + unset.length > 0

/** A path with dots and a value, JSON or else text: `data.object.amount_paid=100`. */
function assign(target: object, assignment: string, { option }: { option: '--set' | '--add' }) {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? []
  if (path === undefined || text === undefined) {
    throw new CommandError(`${option}: expected path=value, got ${JSON.stringify(assignment)}`, 2)
  }
  const steps = path.split('.')
  const last = steps.pop()!
  let place = target
  for (const step of steps) {
    if (option === '--add' && !Object.hasOwn(place, step)) define(place, step, {})
    place = below(place, step, `${option} ${path}`)
  }
  define(place, last, parsed(text))
}

function remove(target: object, path: string) {
  const steps = path.split('.')
  const last = steps.pop()!
  let place = target
  for (const step of steps) place = below(place, step, `--unset ${path}`)
  if (!Object.hasOwn(place, last)) throw new CommandError(`--unset ${path}: it is not there`, 2)
  if (Array.isArray(place)) place.splice(Number(last), 1)
  else Reflect.deleteProperty(place, last)
}

function below(place: object, step: string, what: string): object {
  const next = Object.hasOwn(place, step) ? (place as Record<string, unknown>)[step] : undefined
  if (typeof next === 'object' && next !== null) return next
  throw new CommandError(`${what}: there is no ${step} to go into`, 2)
}

/** Never by assignment: `__proto__` is a name like any other. */
function define(place: object, name: string, value: unknown) {
  if (Array.isArray(place) && !(/^\d{1,5}$/.test(name) && Number(name) <= MAX_INDEX)) {
    throw new CommandError(`${name}: expected a place in a list, a number up to ${MAX_INDEX}`, 2)
  }
  Object.defineProperty(place, name, {
    ...{ value, enumerable: true, configurable: true, writable: true },
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
