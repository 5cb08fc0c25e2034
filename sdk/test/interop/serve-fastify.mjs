import { toFastify } from '@bellwire/sdk/adapters/fastify'
import Fastify from 'fastify'
import { hooks } from './receiving.mjs'

const app = Fastify()
await app.register(toFastify(hooks), { prefix: '/hooks' })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
