// A name server on loopback that answers by name as it is told: with addresses, with an error, or not.
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

export type DnsAnswer = string[] | 'nxdomain' | 'servfail' | 'silence'
export type DnsServer = Awaited<ReturnType<typeof startDns>>

const CODES = { nxdomain: 3, servfail: 2 }
const TTL_SECONDS = 1

export async function startDns(answer: (name: string) => DnsAnswer) {
  const seen = { questions: 0 }
  const listen = async (port: number) => {
    const socket = createSocket('udp4')
    socket.on('message', (question, from) => reply(socket, question, from))
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  }
  function reply(socket: Awaited<ReturnType<typeof listen>>, question: Buffer, from: RemoteInfo) {
    seen.questions++
    const { name, type, end } = readQuestion(question)
    const answered = name === 'localhost' ? ['127.0.0.1'] : answer(name)
    if (answered === 'silence') return
    const addresses = Array.isArray(answered) && type === 1 ? answered : []
    const header = Buffer.alloc(12)
    question.copy(header, 0, 0, 2)
    // A response, recursion desired and available, and the code.
    header.writeUInt16BE(0x8180 | (Array.isArray(answered) ? 0 : CODES[answered]), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(addresses.length, 6)
    const records = addresses.map((address) =>
      // A pointer to the question's name, type A, class IN, TTL, four bytes.
      Buffer.from([
        ...[0xc0, 12, 0, 1, 0, 1],
        ...[0, 0, 0, TTL_SECONDS, 0, 4],
        ...address.split('.').map(Number),
      ]),
    )
    socket.send(
      Buffer.concat([header, question.subarray(12, end), ...records]),
      from.port,
      from.address,
    )
  }
  let socket: Awaited<ReturnType<typeof listen>> | null = await listen(0)
  const { port } = socket.address()
  return {
    port,
    seen,
    stop() {
      socket?.close()
      socket = null
    },
    async start() {
      socket = await listen(port)
    },
  }
}

function readQuestion(bytes: Buffer) {
  const labels: string[] = []
  let at = 12
  for (let length = bytes[at]!; length > 0; length = bytes[at]!) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: bytes.readUInt16BE(at + 1), end: at + 5 }
}
