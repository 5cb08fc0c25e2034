// What the audit log keeps of a change: who, what, and the fields that differ; never a secret.
import type { ApplicationId } from './ids.ts'

export const TARGET_KINDS = [
  'environment',
  'application',
  'endpoint',
  'operational-endpoint',
  'event-type',
  'api-key',
  'application-token',
  'message',
  'attempt',
  'background-task',
  'poller',
  'source',
  'bin',
  'segment',
  'template',
  'hook-url',
] as const
export type TargetKind = (typeof TARGET_KINDS)[number]

export const ACTOR_KINDS = [
  'api-key',
  'application-token',
  'poller-token',
  'hook-url',
  'command',
  'system',
] as const

export type Actor =
  | {
      kind: 'api-key' | 'application-token' | 'poller-token' | 'hook-url'
      id: string
      sessionId: string | null
    }
  /** Somebody at the command line of the server, and Bellwire itself. */
  | { kind: 'command' | 'system' }

export type Fields = Record<string, unknown>

export type Change = {
  target: { kind: TargetKind; id: string | null; uid?: string | null }
  applicationId?: ApplicationId
  /** Null for what was not there, or is not there any more. */
  before?: Fields | null
  after?: Fields | null
  /** Secrets that were replaced: named, never shown. */
  replaced?: string[]
}

export const REDACTED = '[redacted]'

/** Before and after: whole for what came or went, else the fields that differ. */
export function differenceOf({ before = null, after = null, replaced = [] }: Change) {
  const secrets = Object.fromEntries(replaced.map((name) => [name, REDACTED]))
  if (before === null || after === null) {
    return {
      before: before && { ...before, ...secrets },
      after: after && { ...after, ...secrets },
    }
  }
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  return {
    before: { ...pick(before, names), ...secrets },
    after: { ...pick(after, names), ...secrets },
  }
}

const pick = (fields: Fields, names: string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, fields[name] ?? null]))

/** Custom headers: which were added, changed and removed. Any value may be a secret. */
export function headersDifference(before: Record<string, string>, after: Record<string, string>) {
  const named = (headers: Record<string, string>, others: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(headers)
        .filter(([name, value]) => !Object.hasOwn(others, name) || others[name] !== value)
        .map(([name]) => [name, REDACTED]),
    )
  return { before: { headers: named(before, after) }, after: { headers: named(after, before) } }
}
