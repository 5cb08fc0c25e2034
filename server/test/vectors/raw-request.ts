// A request written to a socket byte for byte, as no client would: repeated headers, any bytes in them.
import { connect } from 'node:net'

export type RawCall = {
  port: number
  method: string
  target: string
  headers: [string, string][]
  body: Buffer
}

export type RawReply = { status: number; headers: [string, string][]; body: Buffer }

const END_OF_HEAD = Buffer.from('\r\n\r\n')

export function rawRequest({ port, method, target, headers, body }: RawCall): Promise<RawReply> {
  const all = [
    ['Host', `127.0.0.1:${port}`],
    ['Connection', 'close'],
    ...headers,
    ['Content-Length', String(body.length)],
  ]
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'utf8')
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer within 20 s')))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      try {
        resolve(toReply(Buffer.concat(chunks)))
      } catch (error) {
        reject(error)
      }
    })
    socket.write(Buffer.concat([head, body]))
  })
}

function toReply(bytes: Buffer): RawReply {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end < 0) throw new Error('the answer has no head')
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4) }
}
