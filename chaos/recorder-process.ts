// The recording receiver, a process of its own so that nothing of the test slows it down. By path:
// /ok answers, /slow after 20 ms, /hang never, /fail with 500, anything with ?ms=… after so long.
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Record = {
  path: string
  id: string
  eventId: string
  sequence: number
  hash: string
  verified: boolean
  at: number
  /** Milliseconds since the payload was made. */
  tookMs: number
}
export type Figures = { open: number; mostOpen: number; overlapping: number; count: number }

const key = Buffer.from((process.argv[2] ?? '').slice('whsec_'.length), 'base64')
const records: Record[] = []
const opened = new Map<string, number>()
let open = 0
let mostOpen = 0
let overlapping = 0
let down = false

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  const id = String(request.headers['webhook-id'])
  const path = request.url ?? ''
  const name = `${id} ${path}`
  mostOpen = Math.max(mostOpen, ++open)
  if (opened.has(name)) overlapping++
  opened.set(name, (opened.get(name) ?? 0) + 1)
  response.once('close', () => {
    open--
    const left = (opened.get(name) ?? 1) - 1
    if (left === 0) opened.delete(name)
    else opened.set(name, left)
  })
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    note(
      path,
      id,
      String(request.headers['webhook-timestamp']),
      String(request.headers['webhook-signature']),
      body,
    )
    if (path.startsWith('/hang') || (down && !path.startsWith('/ok'))) return
    const status = path.startsWith('/fail') ? 500 : 204
    const ms = path.startsWith('/slow') ? 20 : Number(/ms=(\d+)/.exec(path)?.[1] ?? 0)
    setTimeout(() => response.writeHead(status).end(), ms)
  })
})

function note(path: string, id: string, timestamp: string, signature: string, body: Buffer) {
  const payload = parsed(body)
  const wanted = createHmac('sha256', key)
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest('base64')
  records.push({
    path,
    id,
    eventId: String(payload['eventId']),
    sequence: Number(payload['sequence'] ?? 0),
    hash: createHash('sha256').update(body).digest('hex'),
    verified: signature.split(' ').includes(`v1,${wanted}`),
    at: Date.now(),
    tookMs: Date.now() - Number(payload['sentAt'] ?? Date.now()),
  })
}

function parsed(body: Buffer): { [name: string]: unknown } {
  try {
    return JSON.parse(body.toString())
  } catch {
    return {}
  }
}

server.listen(0, '0.0.0.0', 4096, () =>
  process.send!({ port: (server.address() as AddressInfo).port }),
)
/** What can be asked; all records at once hold this process up, so of many only the times. */
const ANSWERS = {
  records: () => records,
  figures: (): Figures => ({ open, mostOpen, overlapping, count: records.length }),
  took: (prefix: string) =>
    records.filter(({ eventId }) => eventId.startsWith(prefix)).map(({ tookMs }) => tookMs),
  down: () => setDown(true),
  up: () => setDown(false),
}
function setDown(isDown: boolean) {
  down = isDown
}
export type Question = keyof typeof ANSWERS

process.on('message', ({ ask, what, of }: { ask: number; what: Question; of: string }) =>
  process.send!({ ask, answer: ANSWERS[what](of) }),
)
process.on('disconnect', () => process.exit())
