import { parseArgs } from 'node:util'
import type { Spread, Statistics } from './lists-seed.ts'

/** What the command line asks for; throws at what it can't mean. */
export function readListSettings() {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      spread: { type: 'string', default: 'weeks' },
      statistics: { type: 'string', default: 'fresh' },
      requests: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
    },
  })
  const { quick } = values
  return {
    rows: positive('rows', values.rows ?? (quick ? '50000' : '1000000')),
    spread: oneOf<Spread>('spread', ['weeks', 'days'], values.spread),
    statistics: oneOf<Statistics>('statistics', ['fresh', 'none'], values.statistics),
    requests: positive('requests', values.requests ?? (quick ? '20' : '40')),
    /** Only what has this in its name. */
    only: values.only,
    json: values.json ?? null,
  }
}

function oneOf<Choice extends string>(name: string, choices: Choice[], text: string): Choice {
  const chosen = choices.find((choice) => choice === text)
  if (chosen === undefined)
    throw new Error(`--${name} takes ${choices.join(' or ')}, not "${text}".`)
  return chosen
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name} must be a whole number above 0, not "${text}".`)
}
