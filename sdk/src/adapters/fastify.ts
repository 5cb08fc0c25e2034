import type { RawInput } from '../receiver.ts'
import { type Receives, toPairs } from './node.ts'

type FastifyRequest = {
  method: string
  url: string
  raw: { rawHeaders: string[] }
  body: unknown
}
type FastifyReply = {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: string): unknown
}
type FastifyLike = {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: never, body: never, done: (error: null, body: unknown) => void) => void,
  ): unknown
  route(options: {
    method: string[]
    url: string
    handler: (request: never, reply: never) => Promise<unknown>
  }): unknown
}

const BODY_BYTES = 25 * 1024 * 1024

/**
 * A plugin: `await fastify.register(toFastify(hooks), { prefix: '/hooks' })`. Its parser, which leaves
 * bodies alone, is its own: the rest of the server parses as before.
 */
export function toFastify(hooks: Receives) {
  // Fastify's overloads fit no plain type, and its own types are not ours to need.
  return async (instance: object): Promise<void> => {
    const fastify = instance as FastifyLike
    fastify.removeAllContentTypeParsers()
    const limits = { parseAs: 'buffer', bodyLimit: BODY_BYTES } as const
    fastify.addContentTypeParser('*', limits, (_request, body, done) => done(null, body))
    fastify.route({
      method: ['GET', 'HEAD', 'POST', 'OPTIONS'],
      url: '/:source',
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const { method, url, raw, body } = request
        const { response } = await hooks.receive({
          method,
          url,
          headers: toPairs(raw.rawHeaders),
          // No body is nothing signed; a parsed one is refused by `receive`.
          body: (body ?? new Uint8Array(0)) as RawInput['body'],
        })
        reply.code(response.status)
        reply.headers(Object.fromEntries(response.headers))
        return reply.send(await response.text())
      },
    })
  }
}
