// The access tokens of this node's endpoints, kept in memory only. Of one endpoint one is fetched at a
// time: whoever needs it meanwhile waits for the same answer.
import type { EndpointId } from '../../domain/ids.ts'
import type { Failure, Outcome } from '../../domain/outcome.ts'
import type { PreparedRequest } from '../prepare.ts'
import { spellings } from './echo.ts'
import { type ClientCredentials, readAnswer } from './token-request.ts'

/** `secrets` is what of it must not be seen in answers. */
export type Token = { authorization: string; secrets: string[] }

type Entry = {
  key: string
  token: (Token & { until: number }) | null
  fetching: Promise<Token | Failure> | null
}

type Options = {
  send(request: PreparedRequest): Promise<Outcome>
  userAgent: string
  /** Milliseconds that only go forward. */
  now?: () => number
}

const MAX_KEPT = 10_000
/** A token must outlive the request that carries it. */
const LONGEST_MARGIN_MS = 30_000

export type Tokens = ReturnType<typeof createTokens>

export function createTokens({ send, userAgent, now = () => performance.now() }: Options) {
  const entries = new Map<EndpointId, Entry>()

  function entryOf(id: EndpointId, key: string): Entry {
    const known = entries.get(id)
    // Other settings: what is on its way under the old ones must not become the token of these.
    const entry = known?.key === key ? known : { key, token: null, fetching: null }
    entries.delete(id)
    if (entries.size >= MAX_KEPT) entries.delete(entries.keys().next().value!)
    entries.set(id, entry)
    return entry
  }

  async function fetchToken({ host, request }: ClientCredentials, entry: Entry) {
    const askedAt = now()
    const { url, headers, body } = request
    const given = [...headers, 'user-agent', userAgent, 'accept-encoding', 'identity']
    const granted = readAnswer(await send({ method: 'POST', url, headers: given, body }), host)
    if ('code' in granted) return granted
    const { token, lifetimeMs } = granted
    const until = askedAt + lifetimeMs - Math.min(LONGEST_MARGIN_MS, lifetimeMs / 10)
    entry.token = { authorization: `Bearer ${token}`, secrets: spellings([token]), until }
    return entry.token
  }

  return {
    /** One that is good for a while, or why there is none. */
    get(id: EndpointId, credentials: ClientCredentials): Promise<Token | Failure> {
      const entry = entryOf(id, credentials.key)
      if (entry.token !== null && entry.token.until > now()) return Promise.resolve(entry.token)
      entry.fetching ??= fetchToken(credentials, entry).finally(() => {
        entry.fetching = null
      })
      return entry.fetching
    },
    /** The receiver did not take it. When it was replaced meanwhile, the new one stays. */
    refused(id: EndpointId, token: Token) {
      const entry = entries.get(id)
      if (entry?.token === token) entry.token = null
    },
  }
}
