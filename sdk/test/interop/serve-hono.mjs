import { toHono } from '@bellwire/sdk/adapters/hono'
// biome-ignore lint/correctness/noUndeclaredDependencies: interop fetches it
import { serve } from '@hono/node-server'
// biome-ignore lint/correctness/noUndeclaredDependencies: interop fetches it
import { Hono } from 'hono'
import { hooks } from './receiving.mjs'

const app = new Hono()
app.all('/hooks/:source', toHono(hooks))
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })
