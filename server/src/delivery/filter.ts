// Whether an endpoint wants a message at all, asked once: before the first attempt of its delivery.
import type { EndpointFilter } from '../domain/endpoint.ts'
import * as filters from '../domain/filter/filter.ts'
import type { LeasedRun } from './deliver.ts'

/** The rule that holds the run back; null when it is to be sent. */
export function ruleAgainst(
  { filter, segments, metadata }: EndpointFilter,
  { run, attempts, eventType: type, facts }: LeasedRun,
  payload: Buffer,
): string | null {
  // What was sent before goes on being sent, and who resends means this very message.
  if (attempts > 0 || run.resend > 0 || facts.isAddressed) return null
  const { channels, tags } = facts
  return filters.ruleAgainst(
    filter,
    { payload: parsed(payload), type, channels, tags, metadata },
    segments,
  )
}

/** A message for many endpoints comes as the same bytes for each of them, one after the other. */
let last: { payload: Buffer; json: unknown } | null = null

function parsed(payload: Buffer): unknown {
  if (last?.payload !== payload) last = { payload, json: parseJson(payload) }
  return last.json
}

/** Undefined for what is no JSON: then it says nothing. */
function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined
  }
}
