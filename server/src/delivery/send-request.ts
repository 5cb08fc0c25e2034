// A request to an endpoint as the endpoint wants it: proven, compressed, over its own transport.
import type { Outcome } from '../domain/outcome.ts'
import type { Proof } from './auth/proof.ts'
import { type Sent, sendProven } from './auth/send-proven.ts'
import type { Tokens } from './auth/tokens.ts'
import { compressed } from './compress.ts'
import type { TlsIdentity } from './egress/tls-identity.ts'
import { type PreparedRequest, prepareRequest, type RequestParts } from './prepare.ts'
import type { Target } from './targets.ts'

export type SendDeps = {
  send(request: PreparedRequest, tls: TlsIdentity | null): Promise<Outcome>
  tokens: Tokens
  clock(): Date
}

export function sendRequest(target: Target, parts: RequestParts, deps: SendDeps): Promise<Sent> {
  if (target.proof !== null) return proven(target, target.proof, parts, deps)
  return sendOut(prepareRequest(target, parts), target, deps)
}

async function sendOut(prepared: PreparedRequest, target: Target, { send }: SendDeps) {
  const request = target.gzip ? await compressed(prepared) : prepared
  return { request, outcome: await send(request, target.tls) }
}

function proven(target: Target, proof: Proof, parts: RequestParts, deps: SendDeps): Promise<Sent> {
  const { made, payload, run } = parts
  const { tokens, clock } = deps
  const prepare = (body: Buffer | null, now: Date) =>
    prepareRequest(target, {
      ...parts,
      ...{ now, payload: body ?? payload },
      made: made && { ...made, body },
    })
  const to = made ?? { url: target.url, body: payload }
  const facts = { endpoint: target, messageId: run.messageId, to, prepare }
  const send = (prepared: PreparedRequest) => sendOut(prepared, target, deps)
  return sendProven(proof, facts, { tokens, clock, send })
}
