// A receiver as a customer would write it, in a few lines: checks the signature with the SDK and
// prints what came. `dev` runs it so that the first webhook can be seen arriving.
import { createServer } from 'node:http'
import { styleText } from 'node:util'
import { verify } from '@bellwire/sdk'
import { printable } from './printable.ts'

export type DemoReceiver = { url: string; expect(secret: string): void; stop(): Promise<void> }

const MAX_SHOWN = 300

/** Null when the port is taken: then there is no demo, and nothing else changes. */
export async function startDemoReceiver(port: number): Promise<DemoReceiver | null> {
  let secret: string | null = null
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks)
      const verdict = await verify(body, request.headers, secret ?? '').then(
        () => styleText('green', 'signature valid'),
        (error: Error) => styleText('red', error.message),
      )
      const shown = printable(body.toString('utf8').slice(0, MAX_SHOWN))
      console.log(`← ${printable(String(request.headers['webhook-id']))}  ${verdict}  ${shown}`)
      response.writeHead(204).end()
    })
  })
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!listening) return null
  return {
    url: `http://127.0.0.1:${port}/`,
    expect(text) {
      secret = text
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
