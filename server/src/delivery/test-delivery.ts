// One request as an endpoint would get it, sent to a bin instead: nothing of it is stored, and neither
// the endpoint's filter nor its state is asked.
import { isSensitive, MASKED } from '../domain/custom-headers.ts'
import type { EndpointId } from '../domain/ids.ts'
import { newId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { TestResult } from '../domain/test-delivery.ts'
import { bodyWithSecret, maskedProof, withProof } from './auth/proof.ts'
import { type PreparedRequest, prepareRequest } from './prepare.ts'
import type { HttpRequest } from './send.ts'
import { shapeOf, type Transform } from './shape.ts'
import { type FindTargets, toTarget } from './targets.ts'

export type TestDeliveryDeps = {
  findTargets: FindTargets
  transform: Transform
  send(request: HttpRequest): Promise<Outcome>
  userAgent: string
  clock(): Date
  /** Where this server reaches its own bins. */
  urlOfBin(token: string): string
}

type Wanted = {
  endpointId: EndpointId
  eventType: string
  payload: Buffer
  /** The token of the bin. */
  token: string
}

export const createTestDelivery =
  (deps: TestDeliveryDeps) =>
  async ({ endpointId, eventType, payload, token }: Wanted): Promise<TestResult> => {
    const found = (await deps.findTargets([endpointId])).get(endpointId) ?? null
    // Sealed under another key: as an attempt would fail, too.
    if (found instanceof Error) return notSent('The configuration of this endpoint cannot be read')
    const target = toTarget(endpointId, found)
    if (target.state === 'gone') return notSent('The endpoint was deleted')
    const run = { messageId: newId('message'), endpointId, resend: 0 }
    const leased = { run, eventType, facts: { channels: null } }
    const shaped =
      target.shape === null ? null : await shapeOf(target.shape, { leased, target, payload }, deps)
    if (shaped?.kind === 'failed') return notSent(shaped.message)
    if (shaped?.kind === 'cancelled') {
      return notSent('The transformation of the endpoint cancels this message')
    }
    const { userAgent } = deps
    const now = deps.clock()
    // As it proves itself, but for its secrets: no token is asked for, and none is shown.
    const proof = target.proof && maskedProof(target.proof)
    const plain = shaped === null ? payload : shaped.body
    const body = proof?.secretInBody ? bodyWithSecret(proof.secretInBody, plain) : plain
    if (body === null && proof?.secretInBody) return notSent('The body is no JSON object')
    const prepared = prepareRequest(target, {
      ...{ run, contentType: null, headers: null, now, userAgent, payload: body ?? payload },
      made: shaped && { ...shaped, body },
    })
    const authorization = proof?.oauth2 ? MASKED : null
    const facts = { id: run.messageId, now, authorization }
    const request = proof === null ? prepared : withProof(prepared, proof, facts)
    const outcome = await deps.send(towards(deps.urlOfBin(token), request, shaped !== null))
    const { messageId } = run
    return outcome.kind === 'delivered'
      ? { messageId, failure: null }
      : { messageId, failure: outcome.failure }
  }

const notSent = (message: string): TestResult => ({
  messageId: null,
  failure: { code: 'not_sent', message },
})

/** What was made may say all of it in the query. Secrets of the endpoint stay with it. */
function towards(bin: string, { method, url, headers, body }: PreparedRequest, isMade: boolean) {
  const { search } = new URL(url)
  const shown = headers.map((text, at) => {
    const isSecret = at % 2 === 1 && isSensitive(headers[at - 1]!)
    return isSecret ? MASKED : text
  })
  return { method, url: isMade ? `${bin}${search}` : bin, headers: shown, body }
}
