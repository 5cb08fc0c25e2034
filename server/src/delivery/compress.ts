import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { PreparedRequest } from './prepare.ts'

/** What fits into one packet anyway gains nothing. */
const MIN_BYTES = 1_024

const compress = promisify(gzip)

/**
 * The request with its body compressed, when that is worth it. After the signatures, which are over the
 * body as it is: receivers' frameworks unpack it before anybody can verify it.
 */
export async function compressed(request: PreparedRequest): Promise<PreparedRequest> {
  const { headers, body } = request
  if (body === null || body.length < MIN_BYTES || isEncoded(headers)) return request
  // In a thread: two megabytes take it some forty milliseconds.
  const packed = await compress(body)
  return { ...request, headers: [...headers, 'content-encoding', 'gzip'], body: packed }
}

/** What came along with a message from a source may be packed already. */
const isEncoded = (headers: string[]) =>
  headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-encoding')
