import { AppError } from '../domain/errors.ts'
import { Answer, route } from './route.ts'

export const getHealth = route({
  method: 'GET',
  path: '/api/v1/health',
  access: 'none',
  operationId: 'v1.health.get',
  summary: 'Whether the server can do its work',
  status: 204,
  async handle(_, { readiness }) {
    const { ready, parts } = await readiness()
    if (ready) return undefined
    return new Answer(503, {
      code: 'unavailable',
      detail: 'Not everything is available',
      components: parts,
    })
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
    async handle(_, { readiness }) {
      const { ready, parts } = await readiness()
      return new Answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', ...parts })
    },
  }),
]

export const unknownRoute = () => {
  throw new AppError('not_found', 'There is nothing at this path')
}
