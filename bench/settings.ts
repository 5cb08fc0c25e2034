import { parseArgs } from 'node:util'
import { SYSTEMS } from './systems.ts'

export type Settings = ReturnType<typeof readSettings>

/** What the command line asks for; throws at what it can't mean. */
export function readSettings() {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string' },
      concurrency: { type: 'string', default: '100' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string' },
      scenarios: { type: 'string' },
    },
  })
  const { quick, only } = values
  const systems = SYSTEMS.filter((system) => only === undefined || system === only)
  if (systems.length === 0) throw new Error(`--only takes ${SYSTEMS.join(' or ')}, not ${only}.`)
  return {
    quick,
    /** Parts of the names of the variants to run; null for all. */
    scenarios: values.scenarios?.split(',') ?? null,
    messages: positive('messages', values.messages ?? (quick ? '2000' : '20000')),
    concurrency: positive('concurrency', values.concurrency),
    rounds: positive('rounds', values.rounds ?? (quick ? '1' : '3')),
    latencySeconds: quick ? 3 : 10,
    warmUp: quick ? 500 : 3000,
    json: values.json ?? null,
    systems,
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name} must be a whole number above 0, not "${text}".`)
}
