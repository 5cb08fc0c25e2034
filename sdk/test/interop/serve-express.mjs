import { toExpress } from '@bellwire/sdk/adapters/node'
// biome-ignore lint/correctness/noUndeclaredDependencies: interop fetches it
import express from 'express'
import { hooks } from './receiving.mjs'

const app = express()
app.post('/hooks/:source', toExpress(hooks))
app.use(express.json())
app.listen(Number(process.env.PORT), '127.0.0.1')
