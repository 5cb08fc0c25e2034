// Just enough of HTTP/1.1 to read what a webhook sender sends: node:http costs three times as
// much, and on two cores the receiver's cost would be taken from the sender.

export type WebhookRequest = { path: string; id: string; body: string }

const HEAD_END = Buffer.from('\r\n\r\n')
const PATH = /^\w+ (\S+) /
const ID = /\r\nwebhook-id: *([^\r]+)/i
const LENGTH = /\r\ncontent-length: *(\d+)/i

/** Feed it what a socket gives; it calls back for each whole request, null if it can't be read. */
export function createRequestReader(onRequest: (request: WebhookRequest | null) => void) {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const headEnd = rest.indexOf(HEAD_END)
      if (headEnd === -1) return
      const head = rest.toString('latin1', 0, headEnd)
      const length = LENGTH.exec(head)?.[1] ?? null
      const bodyStart = headEnd + HEAD_END.length
      const end = bodyStart + Number(length ?? 0)
      if (length !== null && rest.length < end) return
      const id = ID.exec(head)?.[1] ?? null
      const complete = id !== null && length !== null
      const path = PATH.exec(head)?.[1] ?? '/'
      onRequest(complete ? { path, id, body: rest.toString('utf8', bodyStart, end) } : null)
      rest = rest.subarray(end)
    }
  }
}
