// Which requests are brought to the local server, of those that the server cannot choose by itself.
import { ruleAgainst } from '../domain/filter/filter.ts'
import { isProblem, parseFilter } from '../domain/filter/parse.ts'
import { CommandError } from './failures.ts'
import type { Arrived } from './local-request.ts'

/** Throws when it is no filter. */
export function createTest(filter: string | undefined, method: string | undefined) {
  const asked = filter === undefined ? null : parsed(filter)
  return (arrived: Arrived): boolean => {
    if (method !== undefined && arrived.method !== method) return false
    return asked === null || ruleAgainst(asked, factsOf(arrived), new Map()) === null
  }
}

function parsed(text: string) {
  const filter = parseFilter(filterJson(text), { segments: false })
  if (!isProblem(filter)) return filter
  throw new CommandError(`--filter: ${[...filter.path, filter.message].join(': ')}`, 2)
}

/** Throws when it is no JSON. */
export function filterJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CommandError(`--filter is not JSON: ${(error as Error).message}`, 2)
  }
}

const factsOf = ({ body, eventType }: Arrived) => ({
  ...{ payload: payloadOf(body), type: eventType ?? '' },
  ...{ channels: null, tags: null, metadata: {} },
})

function payloadOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
