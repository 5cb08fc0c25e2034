// What a scraper reads, in Prometheus' text format. It stays there while the server drains, and a
// worker has it too.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

export type MetricsSource = { contentType: string; metrics(): Promise<string> }

export function serveMetrics(
  app: FastifyInstance,
  source: MetricsSource,
  { token }: { token: string | null },
) {
  const wanted = token === null ? null : hashOf(`Bearer ${token}`)
  app.get('/metrics', async ({ headers }, reply) => {
    if (wanted !== null && !timingSafeEqual(wanted, hashOf(headers.authorization ?? ''))) {
      reply.code(401).headers({ 'www-authenticate': 'Bearer', 'content-type': 'text/plain' })
      return 'The token of BELLWIRE_METRICS_TOKEN is needed.\n'
    }
    reply.header('content-type', source.contentType)
    return source.metrics()
  })
}

const hashOf = (text: string) => createHash('sha256').update(text).digest()
