// openapi.json: the same for everybody, and with a key also the webhooks of its environment.
import type { FastifyInstance } from 'fastify'
import { type Caller, visibleFlags } from '../domain/access.ts'
import { listAllEventTypes } from '../store/event-types.ts'
import { identifyCaller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { toOpenApi, toText } from './openapi.ts'
import { toWebhooks } from './openapi-webhooks.ts'
import { routes } from './routes.ts'

const PATHS = ['/openapi.json', '/api/v1/openapi.json']

/** Beyond this many the document is no longer something to read. */
const MAX_EVENT_TYPES = 1_000

export function serveOpenApi(app: FastifyInstance, deps: ApiDeps) {
  const document = toOpenApi(routes)
  const text = toText(document)

  async function withWebhooks(caller: Caller) {
    const eventTypes = await listAllEventTypes(deps.store.db, caller.environmentId, {
      flags: visibleFlags(caller),
      max: MAX_EVENT_TYPES,
    })
    return toText({ ...document, webhooks: toWebhooks(eventTypes) })
  }
  for (const path of PATHS) {
    app.get(path, async (request, reply) => {
      const { authorization } = request.headers
      reply.headers({ 'content-type': 'application/json', vary: 'authorization' })
      if (authorization === undefined) return reply.send(text)
      return reply.send(await withWebhooks(await identifyCaller(request, reply, deps)))
    })
  }
}
