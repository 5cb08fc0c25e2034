// One attempt at an endpoint whose requests prove themselves: shaped before, then the secret in its body,
// then logins and keys, then the signature over what is sent, and off it goes.
import type { EndpointId, MessageId } from '../../domain/ids.ts'
import type { Failure, Outcome } from '../../domain/outcome.ts'
import type { PreparedRequest } from '../prepare.ts'
import { withoutSecrets } from './echo.ts'
import { bodyWithSecret, type Proof, withProof } from './proof.ts'
import type { Token, Tokens } from './tokens.ts'

export type ProvenDeps = {
  tokens: Tokens
  send(request: PreparedRequest): Promise<Sent>
  clock(): Date
}

type Parts = {
  endpoint: { id: EndpointId; url: string }
  messageId: MessageId
  /** Where this request goes, and its body before there is a secret in it. */
  to: { url: string; body: Buffer | null }
  /** The request with this body, at this moment. */
  prepare(body: Buffer | null, now: Date): PreparedRequest
}

/** `request` is null when there was none. */
export type Sent = { request: PreparedRequest | null; outcome: Outcome }

export async function sendProven(
  proof: Proof,
  { endpoint, messageId, to, prepare }: Parts,
  { tokens, send, clock }: ProvenDeps,
): Promise<Sent> {
  const startedAt = performance.now()
  const failed = (failure: Failure, request: PreparedRequest | null = null): Sent => {
    // How long it took would tell what a forbidden name resolves to.
    const durationMs = failure.detail === 'blocked' ? 0 : performance.now() - startedAt
    return { request, outcome: { kind: 'failed', failure, durationMs: Math.round(durationMs) } }
  }
  if (proof.holdsSecrets && new URL(to.url).origin !== new URL(endpoint.url).origin) {
    return failed(authFailed('elsewhere', ELSEWHERE))
  }
  const { secretInBody } = proof
  const body = secretInBody === null ? to.body : bodyWithSecret(secretInBody, to.body)
  if (secretInBody !== null && body === null) return failed(authFailed('body', NO_OBJECT))

  /** Anew each time: the signature says when. */
  async function sendWith(token: Token | null): Promise<Sent> {
    const now = clock()
    const authorization = token?.authorization ?? null
    const facts = { id: messageId, now, authorization }
    const { request, outcome } = await send(withProof(prepare(body, now), proof, facts))
    const secrets = token === null ? proof.secrets : [...proof.secrets, ...token.secrets]
    return { request, outcome: withoutSecrets(outcome, secrets) }
  }

  const { oauth2 } = proof
  if (oauth2 === null) return sendWith(null)
  const token = await tokens.get(endpoint.id, oauth2)
  if ('code' in token) return failed(token)
  const sent = await sendWith(token)
  if (sent.outcome.answer?.status !== 401) return sent

  // It may have been taken back before its time: once more with a new one, and no third time.
  tokens.refused(endpoint.id, token)
  const other = await tokens.get(endpoint.id, oauth2)
  if ('code' in other) return failed(other, sent.request)
  const { request, outcome } = await sendWith(other)
  const durationMs = Math.round(performance.now() - startedAt)
  return { request, outcome: { ...outcome, durationMs } }
}

const ELSEWHERE =
  "The request was shaped to go to another server than the endpoint's: its secrets may not go there."
const NO_OBJECT = 'The body is no JSON object: the secret cannot be put into it.'

const authFailed = (detail: string, message: string): Failure => ({
  ...{ code: 'auth_failed', detail, message },
})
