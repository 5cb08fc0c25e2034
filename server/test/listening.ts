// A developer's machine: a server that keeps what it is sent as it was sent, and `bellwire listen`.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { runBellwire } from './process.ts'
import { until } from './until.ts'

export type Got = {
  method: string
  target: string
  headers: [string, string][]
  body: Buffer
}
export type LocalAnswer = { status: number; headers?: [string, string][]; body?: Buffer }

/** `react` gives a status or a whole answer; what it waits for is waited for. */
export async function startLocal(
  react: (got: Got, n: number) => number | LocalAnswer | Promise<LocalAnswer> = () => 200,
) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { method = '', url = '', rawHeaders } = request
      const headers = rawHeaders.flatMap((name, index): [string, string][] =>
        index % 2 === 0 ? [[name, rawHeaders[index + 1]!]] : [],
      )
      const one = { method, target: url, headers, body: Buffer.concat(chunks) }
      got.push(one)
      const said = await react(one, got.length)
      const answer = typeof said === 'number' ? { status: said } : said
      response.writeHead(answer.status, (answer.headers ?? []).flat()).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, port: String((server.address() as AddressInfo).port) }
}

export async function listening(args: string[], env: Record<string, string>) {
  const run = runBellwire(['listen', ...args], env)
  await until('it listens', () => run.stderr().includes('Listening'), { or: run.stderr })
  return {
    ...run,
    lines: () => run.stdout().trim().split('\n').filter(Boolean),
    async quit() {
      run.kill('SIGINT')
      assert.deepEqual(await run.exited, { code: 0, signal: null }, run.stderr())
    },
  }
}

export const named = ({ headers }: Pick<Got, 'headers'>, wanted: string) =>
  headers.flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : []))
