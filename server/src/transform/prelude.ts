// What a script finds before it begins, in its own language: a clock that stands at the message's time,
// random numbers that follow from the message, a console that is read afterwards. `bind` makes of its
// handler the function that is called with each message.

const MAX_LINES = 100
const MAX_CHARACTERS = 4_096

export const PRELUDE = `(() => {
  const { parse, stringify } = JSON
  const isArray = Array.isArray
  const RealDate = Date
  let now = 0
  let state = 0
  let lines = []
  let room = ${MAX_CHARACTERS}

  function Frozen(...given) {
    if (!new.target) return new RealDate(now).toString()
    return given.length === 0 ? new RealDate(now) : new RealDate(...given)
  }
  Frozen.prototype = RealDate.prototype
  Frozen.prototype.constructor = Frozen
  Frozen.now = () => now
  Frozen.parse = RealDate.parse
  Frozen.UTC = RealDate.UTC
  globalThis.Date = Frozen

  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  const textOf = (value) => {
    if (typeof value === 'string') return value
    try {
      const text = stringify(value)
      return text === undefined ? String(value) : text
    } catch {
      return String(value)
    }
  }
  const log = (...values) => {
    if (lines.length >= ${MAX_LINES} || room <= 0) return
    const line = values.map(textOf).join(' ').slice(0, room)
    room -= line.length
    lines.push(line)
  }
  globalThis.console = { log, info: log, warn: log, error: log, debug: log }

  const bind = (handler) => (input) => {
    const { webhook, payload, at, seed } = parse(input)
    now = at
    state = seed
    lines = []
    room = ${MAX_CHARACTERS}
    let json = true
    try {
      webhook.payload = parse(payload)
    } catch {
      json = false
      webhook.payload = payload
    }
    const before = stringify(webhook.payload)
    const made = handler(webhook)
    if (typeof made !== 'object' || made === null || isArray(made) || made instanceof Promise) {
      throw new TypeError('handler must return the webhook object, and not a promise of it')
    }
    const after = typeof made.payload === 'string' ? made.payload : stringify(made.payload)
    const same = json ? after === before : after === webhook.payload
    return stringify({
      method: made.method,
      url: made.url,
      headers: made.headers,
      cancel: made.cancel === true,
      // What was not changed is sent in its own bytes.
      payload: same ? null : after === undefined ? '' : after,
      isText: typeof made.payload === 'string',
      console: lines,
    })
  }
  return { bind, console: () => stringify(lines) }
})()`
