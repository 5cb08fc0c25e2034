import { utf8 } from './encoding.ts'
import type { Finding } from './webhook-error.ts'

export type Variant = { body: Uint8Array; finding: Finding }

/** What proxies, frameworks and editors do to a body on its way. */
export function variants(bytes: Uint8Array): Variant[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const all = [...edges(text), ...reserialised(text), latin1(text), ...formDecoded(text)]
  return all.flatMap(([body, code, sentence]) => {
    if (body === null || (typeof body === 'string' && body === text)) return []
    const remedy = 'Hand on the bytes as they came: no parser, no editor and no proxy in between.'
    return [
      { body: typeof body === 'string' ? utf8(body) : body, finding: { code, sentence, remedy } },
    ]
  })
}

type Changed = [body: string | Uint8Array | null, code: string, sentence: string]

function edges(text: string): Changed[] {
  const lf = text.replaceAll('\r\n', '\n')
  return [
    [text.replace(/\r?\n$/, ''), 'body_newline', 'The body gained a newline at its end.'],
    [`${text}\n`, 'body_newline', 'The body lost a newline at its end.'],
    [`${text}\r\n`, 'body_newline', 'The body lost CR LF at its end.'],
    [text.trim(), 'body_space', 'The body gained white space at its ends.'],
    [lf, 'body_line_ends', 'The line ends of the body became CR LF.'],
    [lf.replaceAll('\n', '\r\n'), 'body_line_ends', 'The line ends of the body became LF.'],
    [text.replace(/^\ufeff/, ''), 'body_bom', 'The body gained a byte order mark.'],
    [`\ufeff${text}`, 'body_bom', 'The body lost its byte order mark.'],
  ]
}

function reserialised(text: string): Changed[] {
  const value = parse(text)
  if (value === undefined) return []
  const code = 'body_reserialised'
  const compact = JSON.stringify(value)
  const spaced = JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/([[{]) | ([\]}])/g, '$1$2')
  const ascii = (json: string) =>
    json.replace(
      /[\u0080-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  const sentence = (how: string) => `The JSON was parsed and written again; it was signed ${how}.`
  return [
    [compact, code, sentence('without white space')],
    [JSON.stringify(value, null, 2), code, sentence('indented by two')],
    [JSON.stringify(value, null, 4), code, sentence('indented by four')],
    [spaced, code, sentence('with a space after each comma and colon')],
    [ascii(compact), code, sentence('with everything but ASCII escaped')],
    [ascii(spaced), code, sentence('with spaces and everything but ASCII escaped')],
    [ascii(text), code, sentence('with everything but ASCII escaped')],
    [compact.replaceAll('/', '\\/'), code, sentence('with slashes escaped')],
  ]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function latin1(text: string): Changed {
  const codes = Array.from(text, (char) => char.charCodeAt(0))
  const isWide = codes.some((code) => code > 127) && codes.every((code) => code < 256)
  return [
    isWide ? Uint8Array.from(codes) : null,
    'body_charset',
    'The body was Latin-1 and became UTF-8.',
  ]
}

function formDecoded(text: string): Changed[] {
  const value = /^payload=([^&]*)$/.exec(text)?.[1]
  if (value === undefined) return []
  const decoded = new URLSearchParams(text).get('payload')
  return [[decoded, 'body_form', 'The signature covers the JSON inside the form’s field payload.']]
}
