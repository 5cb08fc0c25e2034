// Who asks, and whether they may ask that much.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access.ts'
import type { ApiDeps } from './deps.ts'

/** Throws authentication_failed or rate_limited; a limited caller's answer says what is left. */
export async function identifyCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, rateLimit }: Pick<ApiDeps, 'authenticate' | 'rateLimit'>,
): Promise<Caller> {
  const caller = await authenticate(request.headers.authorization, request.ip)
  if (rateLimit === null) return caller
  const { headers, refusal } = rateLimit.count(caller.keyId)
  reply.headers(headers)
  if (refusal !== null) throw refusal
  return caller
}
