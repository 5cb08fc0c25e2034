// The receiver, in a process of its own: answers 204 at once and keeps the books.
import { createServer } from 'node:net'
import { createArrivals } from './arrivals.ts'
import { createRequestReader } from './http-requests.ts'
import { connectToParent, type FromSink, type ToSink } from './messages.ts'

const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n'
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
const PROGRESS_MS = 50

let arrivals = createArrivals({ messages: 0, fanOut: 1 })

const server = createServer({ noDelay: true }, (socket) => {
  const read = createRequestReader((request) => {
    // One that never answers.
    if (request?.path.startsWith('/hang')) return
    if (request === null) {
      arrivals.recordMalformed()
      socket.end(BAD_REQUEST)
      return
    }
    arrivals.record(request)
    socket.write(NO_CONTENT)
  })
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
})

const send = connectToParent<ToSink, FromSink>((message) => {
  if (message.kind === 'report') {
    send({ kind: 'report', report: arrivals.report() })
    return
  }
  // Late arrivals of the measurement before carry ids and numbers of a book that is closed, so
  // the parent only asks for the next one when the last is complete or given up.
  arrivals = createArrivals(message)
  send({ kind: 'expecting' })
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The sink has no port.')
  send({ kind: 'ready', port: address.port })
})
setInterval(() => send({ kind: 'progress', received: arrivals.received() }), PROGRESS_MS)
