// A request to an endpoint as the endpoint wants it: proven, compressed, over its own transport.
import type { Outcome } from '../domain/outcome.ts'
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

export async function sendRequest(
  target: Target,
  parts: RequestParts,
  { send, tokens, clock }: SendDeps,
): Promise<Sent> {
  const { made, payload, run } = parts
  const sendOut = async (prepared: PreparedRequest) => {
    const request = target.gzip ? await compressed(prepared) : prepared
    return { request, outcome: await send(request, target.tls) }
  }
  if (target.proof === null) return sendOut(prepareRequest(target, parts))
  const prepare = (body: Buffer | null, now: Date) =>
    prepareRequest(target, {
      ...parts,
      ...{ now, payload: body ?? payload },
      ...(made && { made: { ...made, body } }),
    })
  const to = made ?? { url: target.url, body: payload }
  const facts = { endpoint: target, messageId: run.messageId, to, prepare }
  return sendProven(target.proof, facts, { tokens, clock, send: sendOut })
}
