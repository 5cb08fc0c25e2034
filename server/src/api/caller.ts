// Who asks, and whether they may ask that much.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access.ts'
import type { ApiDeps } from './deps.ts'

type Wanted = Pick<ApiDeps, 'authenticate' | 'rateLimit' | 'hookRateLimit'>

/** Throws authentication_failed or rate_limited; a limited caller's answer says what is left. */
export async function identifyCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, rateLimit, hookRateLimit }: Wanted,
): Promise<Caller> {
  const caller = await authenticate(request.headers.authorization, request.ip)
  // Others hold such a URL, and nobody knows how well they keep it: there is always a limit.
  const limit = caller.kind === 'hooks' ? hookRateLimit : rateLimit
  if (limit === null) return caller
  const { headers, refusal } = limit.count(caller.keyId)
  reply.headers(headers)
  if (refusal !== null) throw refusal
  return caller
}
