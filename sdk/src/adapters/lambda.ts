import type { Receives } from './node.ts'

/** What API Gateway (both formats) and function URLs hand to a function. */
export type LambdaEvent = {
  body?: string | null
  isBase64Encoded: boolean
  headers: Record<string, string | undefined>
  multiValueHeaders?: Record<string, string[] | undefined> | null
  rawPath?: string
  rawQueryString?: string
  path?: string
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null
  httpMethod?: string
  requestContext?: { http?: { method: string } }
}

export type LambdaAnswer = { statusCode: number; headers: Record<string, string>; body: string }

/** Bodies that are not text come in base64, and say so: they are decoded before anything else. */
export function toLambda(hooks: Receives) {
  return async (event: LambdaEvent): Promise<LambdaAnswer> => {
    const { body, isBase64Encoded, headers, multiValueHeaders } = event
    const text = body ?? ''
    const { response } = await hooks.receive({
      method: event.requestContext?.http?.method ?? event.httpMethod ?? 'POST',
      url: urlOf(event),
      headers: multiValueHeaders ?? headers,
      body: isBase64Encoded ? decode(text) : text,
    })
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }
  }
}

function urlOf({ rawPath, path, rawQueryString, multiValueQueryStringParameters }: LambdaEvent) {
  const query =
    rawQueryString ??
    Object.entries(multiValueQueryStringParameters ?? {})
      .flatMap(([name, values = []]) =>
        values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
      )
      .join('&')
  return (rawPath ?? path ?? '/') + (query === '' ? '' : `?${query}`)
}

const decode = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
