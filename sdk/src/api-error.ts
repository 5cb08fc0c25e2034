/** One broken rule of a request: where, and what was expected. */
export type ApiProblem = { loc: string[]; msg: string; type: string }

type Details = {
  code: string
  status: number
  requestId: string | null
  problems?: ApiProblem[]
  retryAfterSeconds?: number | null
  cause?: unknown
}

/**
 * The only error of the client. `code` is the server's (its docs list them: `not_found`, `conflict`,
 * `rate_limited` …), `validation` for a 422, or one of ours, with status 0: `network` (no answer),
 * `timeout`, `invalid_answer` (not JSON: something stands between you and the server).
 */
export class BellwireError extends Error {
  override readonly name = 'BellwireError'
  readonly code: string
  /** The HTTP status; 0 without an answer. */
  readonly status: number
  /** In the server's log too. */
  readonly requestId: string | null
  /** Of a 422: what is wrong where. */
  readonly problems: ApiProblem[]
  readonly retryAfterSeconds: number | null

  constructor(message: string, details: Details) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.status = details.status
    this.requestId = details.requestId
    this.problems = details.problems ?? []
    this.retryAfterSeconds = details.retryAfterSeconds ?? null
  }
}

type ErrorBody = { code?: string; detail?: string | ApiProblem[]; title?: string }

/** What the server said instead of an answer. */
export function toBellwireError(answer: Response, text: string): BellwireError {
  const { status, headers } = answer
  const retryAfter = headers.get('retry-after')
  const details = {
    status,
    requestId: headers.get('x-request-id'),
    retryAfterSeconds: retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null,
  }
  const body = parse(text)
  if (body === null) {
    return new BellwireError(`${status} without a body of JSON`, {
      ...details,
      code: 'invalid_answer',
    })
  }
  const problems = Array.isArray(body.detail) ? body.detail : []
  const code = body.code ?? (status === 422 ? 'validation' : 'invalid_answer')
  return new BellwireError(body.title ?? String(body.detail ?? status), {
    ...details,
    code,
    problems,
  })
}

function parse(text: string): ErrorBody | null {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : null
  } catch {
    return null
  }
}
