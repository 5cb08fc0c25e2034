// What the terminal shows of each request, and which keys it takes.
import { styleText } from 'node:util'
import type { Reply } from './exchange.ts'
import type { Arrived } from './local-request.ts'
import { printable } from './printable.ts'
import type { Relay } from './relayed-answer.ts'

export type Told = { number: number; arrived: Arrived; result: Reply | string; relay: Relay }

export function toLine({ number, arrived, result, relay }: Told): string {
  const time = new Date().toTimeString().slice(0, 8)
  const isGood = typeof result === 'object' && result.status >= 200 && result.status < 300
  const said = typeof result === 'object' ? `${result.status}  ${result.ms} ms` : result
  const { method, target, body, eventType } = arrived
  return [
    `#${number}`,
    time,
    styleText(isGood ? 'green' : 'red', said, { stream: process.stdout }),
    ...(relay === 'late' || relay === 'lost' ? [relay] : []),
    ...(eventType === null ? [] : [printable(eventType)]),
    `${method} ${printable(target)}`,
    `${body.length} bytes`,
  ].join('  ')
}

export function toJson({ number, arrived, result, relay }: Told): string {
  const { id, method, target, eventType, body } = arrived
  const answer =
    typeof result === 'string'
      ? { status: null, ms: null, failure: result }
      : { status: result.status, ms: result.ms, failure: null }
  const bytes = body.length
  return JSON.stringify({ number, id, method, target, eventType, bytes, ...answer, relay })
}

/** Null without a terminal. */
export function readKeys(keys: (key: string) => void): (() => void) | null {
  const { stdin } = process
  if (!stdin.isTTY) return null
  const onData = (text: string) => {
    for (const key of text) keys(key)
  }
  stdin.setRawMode(true).setEncoding('utf8').on('data', onData)
  stdin.resume()
  return () => {
    stdin.setRawMode(false).off('data', onData)
    stdin.pause()
  }
}
