// Both majors of the official client call every core operation, each on the Node it is made for. What
// they called is noted by a proxy between them and the server.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type OpenApi, operationsOf } from '../api/openapi-document.ts'
import { startBellwire } from '../harness.ts'

const SCENARIO = fileURLToPath(new URL('../clients/scenario.mjs', import.meta.url))
const core: OpenApi = JSON.parse(
  readFileSync(new URL('../data/openapi-core.json', import.meta.url), 'utf8'),
)
// HEAD is GET without a body.
const operations = Object.keys(operationsOf(core)).filter((name) => !name.startsWith('HEAD '))
const oldNode = nodeOf('v20.')

for (const [what, client, node] of [
  ['svix 2.x on this Node', 'svix', process.execPath],
  ['svix 1.x on this Node', 'svix1', process.execPath],
  ['svix 1.x on Node 20', 'svix1', oldNode],
] as const) {
  const skip = node === null && 'there is no Node 20 here'
  test(`${what} calls all ${operations.length} core operations`, { skip }, async () => {
    const { url, token } = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
    const proxy = await startProxy(url)
    await promisify(execFile)(node!, [SCENARIO, client, proxy.url, token], { timeout: 60_000 })
    const called = new Set(proxy.noted.map(operationOf))
    assert.equal(operations.length, 41)
    assert.deepEqual(
      operations.filter((name) => !called.has(name)),
      [],
    )
  })
}

/** The core operation that a request reaches, by the paths of the document. */
const operationOf = (asked: string) =>
  operations.find((name) => new RegExp(`^${name.replace(/\{\w+\}/g, '[^/]+')}/?$`).test(asked))

async function startProxy(target: string) {
  const noted: string[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '/', headers } = request
    noted.push(`${method} ${url.split('?')[0]}`)
    const onward = forward(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, noted }
}

/** A Node on this machine of that version, or null. */
function nodeOf(version: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin']
  for (const folder of folders) {
    const node = join(folder, 'node')
    try {
      const said = execFileSync(node, ['--version'], { encoding: 'utf8', stdio: 'pipe' })
      if (said.startsWith(version)) return node
    } catch {}
  }
  return null
}
