// An event as a provider sends it: our own made-up data, in the provider's shape, with an id and a time
// of its own each time.
import { randomBytes, randomUUID } from 'node:crypto'

export type Stamp = {
  seconds: number
  millis: number
  iso: string
  uuid: string
  /** `evt_` and letters and digits. */
  id(prefix: string): string
  /** A whole number, as long as providers have them. */
  number: number
}

export type TestEvent = {
  provider: string
  /** As `trigger` takes it, behind the provider. */
  type: string
  headers?(stamp: Stamp): Record<string, string>
} & ({ json(stamp: Stamp): object } | { form(stamp: Stamp): Record<string, string> })

export function stampOf(at: Date): Stamp {
  const millis = at.getTime()
  return {
    seconds: Math.floor(millis / 1000),
    millis,
    iso: at.toISOString(),
    uuid: randomUUID(),
    id: (prefix) => prefix + randomBytes(18).toString('base64url').replace(/[-_]/g, 'x'),
    number: randomBytes(5).readUIntBE(0, 5),
  }
}
