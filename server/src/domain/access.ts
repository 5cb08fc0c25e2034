// What the holder of a token may do. Who the holder is, is decided in api/access.ts.
import { AppError } from './errors.ts'
import type { ApplicationId, EnvironmentId, HookUrlId, PollerId } from './ids.ts'

/** Of API keys. `send-only` takes messages in and reads nothing; `read-only` sees no secrets. */
export const SCOPES = ['full', 'send-only', 'read-only'] as const
export type Scope = (typeof SCOPES)[number]

/** Of application tokens. */
export const CAPABILITIES = [
  'ViewBase',
  'ViewEndpointSecret',
  'ManageEndpointSecret',
  'ManageTransformations',
  'CreateAttempts',
  'ManageEndpoint',
] as const
export type Capability = (typeof CAPABILITIES)[number]

/** Managing includes seeing; who manages an endpoint manages its secrets too. */
const INCLUDED: Partial<Record<Capability, Capability[]>> = {
  ManageEndpointSecret: ['ViewEndpointSecret'],
  ManageEndpoint: ['ManageEndpointSecret', 'ViewEndpointSecret'],
}

export type Caller = {
  environmentId: EnvironmentId
  /** The key or token that asks. */
  keyId: string
} & (
  | { kind: 'key'; scope: Scope }
  | {
      kind: 'application'
      applicationId: ApplicationId
      capabilities: Capability[]
      featureFlags: string[]
      sessionId: string | null
    }
  | { kind: 'poller'; applicationId: ApplicationId; pollerId: PollerId }
  /** A URL that was made for an integration platform. */
  | {
      kind: 'hooks'
      applicationId: ApplicationId
      hookUrlId: HookUrlId
      featureFlags: string[]
    }
)

/** What a caller may do depends on. */
type Kind =
  | { kind: 'key'; scope: Scope }
  | { kind: 'application'; capabilities: readonly Capability[] }
  | { kind: 'poller' }
  | { kind: 'hooks' }

/** What an operation asks of its caller. */
export type Needs = {
  method: string
  /**
   * `application`: a token of the application of the path may call it too. `poller`: and a token of
   * the poller of the path.
   */
  access: 'none' | 'environment' | 'application' | 'poller'
  /** Of application tokens; without one `ViewBase`. */
  capability?: Capability
  /** A send-only key may call it. */
  sends?: boolean
  /** It changes nothing although it is no GET: a read-only key may call it. */
  reads?: boolean
  /** A hook URL may call it. */
  hooks?: boolean
}

/** Throws insufficient access. Depends on the operation alone, never on what its path names. */
export function assertMay(caller: Caller, needs: Needs): void {
  if (!may(caller, needs)) throw insufficientAccess(lackOf(caller, needs))
}

export const insufficientAccess = (message: string) => new AppError('insufficient access', message)

/** Of the caller only what it is matters, not whose. */
export function may(caller: Kind, needs: Needs): boolean {
  const { method, access, capability = 'ViewBase', sends = false, reads = false } = needs
  if (caller.kind === 'hooks') return needs.hooks === true
  if (caller.kind === 'poller') return access === 'poller'
  if (caller.kind === 'application') {
    return access !== 'environment' && has(caller.capabilities, capability)
  }
  if (caller.scope === 'send-only') return sends
  if (caller.scope === 'read-only')
    return (method === 'GET' || reads) && capability !== 'ViewEndpointSecret'
  caller.scope satisfies 'full'
  return true
}

function has(capabilities: readonly Capability[], wanted: Capability): boolean {
  return capabilities.some((held) => held === wanted || INCLUDED[held]?.includes(wanted))
}

function lackOf(caller: Caller, { access, capability = 'ViewBase' }: Needs): string {
  if (caller.kind === 'key') return `This API key is ${caller.scope}`
  if (caller.kind === 'poller') return 'A poller token only polls'
  if (caller.kind === 'hooks') return 'A hook URL only subscribes and unsubscribes'
  if (access === 'environment') return 'An application token cannot do this'
  return `This token lacks the capability ${capability}`
}

/** Of which feature flags the caller sees event types; null means all. */
export const visibleFlags = (caller: Caller): string[] | null =>
  caller.kind === 'application' || caller.kind === 'hooks' ? caller.featureFlags : null
