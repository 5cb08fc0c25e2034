// /docs: pages made at the first request, when the server knows its own address, and kept.
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { notFound } from '../domain/errors.ts'
import type { ApiDeps } from './deps.ts'
import { createPages } from './docs/pages.ts'
import { toOpenApi } from './openapi.ts'
import { routes } from './routes.ts'
import { SECURITY_HEADERS } from './static.ts'

type Kept = { type: string; plain: Buffer; gzip: Buffer }

export function serveDocs(app: FastifyInstance, { publicUrl }: Pick<ApiDeps, 'publicUrl'>) {
  let made: Promise<Map<string, Kept>> | null = null
  const pages = () => {
    made ??= makePages(publicUrl())
    // What could not be read now may be readable later.
    made.catch(() => (made = null))
    return made
  }

  for (const path of ['/docs', '/docs/*']) {
    app.get(path, async (request, reply) => {
      const page = (await pages()).get(request.url.replace(/\?.*$/, '').replace(/\/+$/, ''))
      if (page === undefined) throw notFound('There is no such page: /docs lists them')
      const isGzip = /\bgzip\b/.test(String(request.headers['accept-encoding']))
      reply.headers({ ...SECURITY_HEADERS, 'content-type': page.type, vary: 'accept-encoding' })
      if (isGzip) reply.header('content-encoding', 'gzip')
      return reply.send(isGzip ? page.gzip : page.plain)
    })
  }
}

async function makePages(origin: string): Promise<Map<string, Kept>> {
  const pages = await createPages(toOpenApi(routes), origin)
  return new Map(
    Array.from(pages, ([path, { type, text }]) => {
      const plain = Buffer.from(text)
      return [path, { type, plain, gzip: gzipSync(plain) }]
    }),
  )
}
