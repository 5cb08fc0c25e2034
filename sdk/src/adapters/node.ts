import type { Input, Outcome, RawInput } from '../receiver.ts'

/** What Node's `IncomingMessage` has, and what Express and others put on it. */
export type NodeRequest = AsyncIterable<Uint8Array> & {
  method?: string | undefined
  url?: string | undefined
  originalUrl?: string
  rawHeaders: string[]
  headers: Record<string, string | string[] | undefined>
  readableDidRead?: boolean
  iterator?(options: { destroyOnReturn: false }): AsyncIterable<Uint8Array>
  body?: unknown
  rawBody?: unknown
}

export type NodeResponse = {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

export type Receives = { receive(input: Input): Promise<Outcome> }

/**
 * A handler for Node's `http`, Express and Next's pages router. Mount it before `express.json()`: a
 * body that was parsed cannot be verified, and is refused with `body_not_raw`.
 */
export function toExpress(hooks: Receives) {
  return async (
    req: NodeRequest,
    res: NodeResponse,
    next?: (error: unknown) => void,
  ): Promise<void> => {
    try {
      const { response } = await hooks.receive({
        method: req.method ?? 'POST',
        url: req.originalUrl ?? req.url ?? '/',
        headers: toPairs(req.rawHeaders),
        body: rawBody(req) as RawInput['body'],
      })
      await write(response, res)
    } catch (error) {
      if (!next) throw error
      next(error)
    }
  }
}

/**
 * The bytes: those that a raw parser left, else the stream, if nobody read it. What a parser made of
 * them is handed on as it is: `receive` refuses it and says what to do.
 */
function rawBody(req: NodeRequest): unknown {
  for (const body of [req.rawBody, req.body]) {
    if (body instanceof Uint8Array || typeof body === 'string') return body
  }
  if (req.readableDidRead === true && hasBody(req)) return req.body ?? null
  // The socket stays open when the body is too large, so that the answer gets through.
  return req.iterator ? req.iterator({ destroyOnReturn: false }) : req
}

// Parsers read the stream of a request without a body too.
const hasBody = ({ headers }: NodeRequest) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

export function toPairs(rawHeaders: string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at]!, rawHeaders[at + 1]!])
  }
  return pairs
}

async function write(response: Response, res: NodeResponse) {
  res.statusCode = response.status
  response.headers.forEach((value, name) => {
    res.setHeader(name, value)
  })
  res.end(await response.text())
}
