import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { Answer } from './answer.ts'
import { toErrorAnswer } from './errors.ts'
import { whyLeftOut } from './left-out.ts'
import { METHODS, route } from './route.ts'

export const getHealth = route({
  method: 'GET',
  path: '/api/v1/health',
  access: 'none',
  operationId: 'v1.health.get',
  summary: 'Whether the server can do its work',
  status: 204,
  async handle({ requestId }, { readiness }) {
    const { ready, parts } = await readiness()
    return ready ? undefined : unavailable(parts, requestId)
  },
})

export const ping = route({
  method: 'GET',
  path: '/api/v1/health/ping',
  access: 'none',
  operationId: 'v1.health.ping',
  summary: 'Answers and touches nothing',
  status: 204,
  async handle() {
    return undefined
  },
})

/** For process supervisors and balancers, outside the API. */
export const processHealth = [
  route({
    method: 'GET',
    path: '/healthz',
    access: 'none',
    operationId: 'healthz',
    summary: 'The process is alive',
    status: 200,
    output: z.object({ status: z.literal('ok') }),
    async handle() {
      return { status: 'ok' }
    },
  }),
  route({
    method: 'GET',
    path: '/readyz',
    access: 'none',
    operationId: 'readyz',
    summary: 'The process can do its work',
    status: 200,
    output: z.object({ status: z.literal('ready') }).catchall(z.string()),
    async handle({ requestId }, { readiness }) {
      const { ready, parts } = await readiness()
      return ready ? { status: 'ready', ...parts } : unavailable(parts, requestId)
    },
  }),
]

function unavailable(components: Record<string, string>, requestId: string) {
  const error = new AppError('unavailable', 'Not everything is available')
  const { status, body } = toErrorAnswer(error, requestId)
  return new Answer(status, { ...body, components }, { 'retry-after': '1' })
}

export const unknownRoute = (request: FastifyRequest, reply: FastifyReply) => {
  // TRACE and its like: whatever the path, it is the method that is wrong.
  if (request.method !== 'HEAD' && !METHODS.some((method) => method === request.method)) {
    reply.header('allow', METHODS.join(', '))
    throw new AppError('method_not_allowed', `${request.method} is not possible here`)
  }
  throw new AppError('not_found', whyLeftOut(request.url) ?? 'There is nothing at this path')
}
