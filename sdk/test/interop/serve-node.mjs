import { createServer } from 'node:http'
import { toExpress } from '@bellwire/sdk/adapters/node'
import { hooks } from './receiving.mjs'

createServer(toExpress(hooks)).listen(Number(process.env.PORT), '127.0.0.1')
