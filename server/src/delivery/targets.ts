import type { EndpointFilter, EndpointShape, EndpointTarget } from '../domain/endpoint.ts'
import type { EndpointId, EnvironmentId } from '../domain/ids.ts'
import type { RetrySchedule } from '../domain/retry.ts'
import { createProof, type Proof } from './auth/proof.ts'
import { type TlsIdentity, toTlsIdentity } from './egress/tls-identity.ts'
import { createReadAhead } from './read-ahead.ts'
import { createSigner, type Signer } from './sign.ts'

/** An endpoint made ready for sending: keys imported, headers laid out. */
export type Target = {
  id: EndpointId
  revision: number
  /** Null when the endpoint never existed. */
  environmentId: EnvironmentId | null
  url: string
  /** `gone` when it was deleted or never existed. */
  state: 'enabled' | 'disabled' | 'gone'
  retrySchedule: RetrySchedule | null
  customHeaders: string[]
  signers: { signer: Signer; expiresAt: Date | null }[]
  /** How its requests prove themselves beside that; null for nearly all. */
  proof: Proof | null
  gzip: boolean
  /** Which messages it wants; null for all that are for it. */
  filter: EndpointFilter | null
  /** What its requests look like; null for the messages as they came. */
  shape: EndpointShape | null
  /** How it is spoken to; null as everyone is. */
  tls: TlsIdentity | null
}

const MAX_CACHED = 20_000
const MAX_ASKED = 500

/** A missing one never existed; an error is its own and nobody else's. */
export type FindTargets = (ids: EndpointId[]) => Promise<Map<EndpointId, EndpointTarget | Error>>

/**
 * What endpoints look like to the sender, cached by `(id, revision)`: a delivery brings the revision
 * it saw, so a stale copy is noticed and read again.
 */
export function createTargets(find: FindTargets) {
  const cached = new Map<EndpointId, Target>()
  const loading = new Map<EndpointId, Promise<Target>>()
  const findSoon = gather(find)
  const readAhead = createReadAhead(async (id) => cached.has(id) || load(id))

  function load(id: EndpointId): Promise<Target> {
    const underway = loading.get(id)
    if (underway !== undefined) return underway
    const load = findSoon(id)
      .then((found) => {
        const target = toTarget(id, found)
        // A change while we were reading has forgotten this load: its result may be the old state.
        if (loading.get(id) === load) {
          if (cached.size >= MAX_CACHED) cached.delete(cached.keys().next().value!)
          cached.set(id, target)
        }
        return target
      })
      .finally(() => {
        if (loading.get(id) === load) loading.delete(id)
      })
    loading.set(id, load)
    return load
  }

  return {
    /** At once when the copy is at least as new as `revision`. */
    get(id: EndpointId, revision: number): Target | Promise<Target> {
      const target = cached.get(id)
      return target !== undefined && target.revision >= revision ? target : load(id)
    },
    /** It will be asked for. */
    expect(id: EndpointId, revision: number) {
      const target = cached.get(id)
      if (target === undefined || target.revision < revision) readAhead(id)
    },
    forget(id: EndpointId) {
      cached.delete(id)
      loading.delete(id)
    },
    /** What is older than this revision, because another node has changed the endpoint. */
    forgetOlder(id: EndpointId, revision: number) {
      loading.delete(id)
      const target = cached.get(id)
      if (target !== undefined && target.revision < revision) cached.delete(id)
    },
    forgetAll() {
      cached.clear()
      loading.clear()
    },
  }
}

/** Asks for all that are wanted in the same turn at once: ten thousand cold endpoints are few queries. */
function gather(find: FindTargets) {
  type Waiting = PromiseWithResolvers<EndpointTarget | null>
  let waiting = new Map<EndpointId, Waiting>()

  async function ask(asked: [EndpointId, Waiting][]) {
    try {
      const found = await find(asked.map(([id]) => id))
      for (const [id, { resolve, reject }] of asked) {
        const target = found.get(id) ?? null
        if (target instanceof Error) reject(target)
        else resolve(target)
      }
    } catch (error) {
      for (const [, { reject }] of asked) reject(error)
    }
  }

  return (id: EndpointId): Promise<EndpointTarget | null> => {
    if (waiting.size === 0) {
      setImmediate(() => {
        const asked = [...waiting]
        waiting = new Map()
        for (let at = 0; at < asked.length; at += MAX_ASKED)
          void ask(asked.slice(at, at + MAX_ASKED))
      })
    }
    const entry = waiting.get(id) ?? Promise.withResolvers<EndpointTarget | null>()
    waiting.set(id, entry)
    return entry.promise
  }
}

export function toTarget(id: EndpointId, found: EndpointTarget | null): Target {
  if (found === null || found.deleted) {
    const revision = found?.revision ?? Number.MAX_SAFE_INTEGER
    const environmentId = found?.environmentId ?? null
    const nothing = {
      retrySchedule: null,
      customHeaders: [],
      signers: [],
      proof: null,
      gzip: false,
      filter: null,
      shape: null,
      tls: null,
    }
    return { id, revision, environmentId, url: '', state: 'gone', ...nothing }
  }
  return {
    id,
    revision: found.revision,
    environmentId: found.environmentId,
    url: found.url,
    state: found.disabled ? 'disabled' : 'enabled',
    retrySchedule: found.retrySchedule,
    customHeaders: customHeaders(found),
    signers: found.secrets.map(({ secret, expiresAt }) => ({
      signer: createSigner(secret),
      expiresAt,
    })),
    proof: found.auth && createProof(found.auth),
    gzip: found.gzip,
    filter: found.filter,
    shape: found.shape,
    tls: found.transport && toTlsIdentity(id, found.transport),
  }
}

/** `user:pass@` of the URL becomes basic auth (RFC 7617), unless a custom header says otherwise. */
function customHeaders({ headers, credentials }: EndpointTarget): string[] {
  const flat = Object.entries(headers).flat()
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  if (credentials !== null && !names.includes('authorization')) {
    flat.push('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`)
  }
  return flat
}
