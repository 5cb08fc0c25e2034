import type { Body } from './body.ts'
import { encodeBytes, hmac, utf8 } from './encoding.ts'
import type { Expr } from './preset.ts'
import { headerValue, type InboundRequest, queryValue } from './request.ts'

export type ExpressionGiven = {
  request: InboundRequest
  body: Body
  /** Null where the source has no secret: what needs one has no value. */
  key: Uint8Array<ArrayBuffer> | null
}

/** The text of an expression; null when a part of it is absent. */
export async function evaluate(expression: Expr, given: ExpressionGiven): Promise<string | null> {
  let text = ''
  let at = 0
  while (at < expression.length) {
    if (expression[at] !== '{') {
      text += expression[at++]
      continue
    }
    const end = closingBrace(expression, at)
    const value = await evaluateOne(expression.slice(at + 1, end), given)
    if (value === null) return null
    text += value
    at = end + 1
  }
  return text
}

async function evaluateOne(inner: string, given: ExpressionGiven): Promise<string | null> {
  const [, kind, rest = ''] = /^(query|header|body|hmac):(.*)$/s.exec(inner) ?? []
  switch (kind) {
    case 'query':
      return queryValue(given.request, rest) ?? null
    case 'header': {
      const [name = '', otherwise = null] = rest.split('|', 2)
      return headerValue(given.request, name) ?? otherwise
    }
    case 'body': {
      const value = given.body.at(rest)
      return typeof value === 'string' ? value : null
    }
    case 'hmac':
      return await evaluateHmac(rest, given)
    default:
      throw new TypeError(`An expression knows query, header, body and hmac, not {${inner}}.`)
  }
}

async function evaluateHmac(rest: string, given: ExpressionGiven): Promise<string | null> {
  const [, encoding, inner] = /^sha256:(hex|base64):(.*)$/s.exec(rest) ?? []
  if (inner === undefined) throw new TypeError(`{hmac:${rest}} is not sha256:hex|base64:<Expr>.`)
  const text = await evaluate(inner, given)
  if (text === null || given.key === null) return null
  return encodeBytes(await hmac('sha256', given.key, utf8(text)), encoding as 'hex' | 'base64')
}

function closingBrace(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    if (text[at] === '}' && --depth === 0) return at
  }
  throw new TypeError(`The expression ${text} lacks a closing brace.`)
}
