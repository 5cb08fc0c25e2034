// Secrets at rest: AES-256-GCM. A sealed value is version, key id, 12 random bytes, tag, ciphertext.
// The associated data names the row, so a ciphertext copied to another row does not open.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

export type Seal = {
  seal(text: string, place: string): Buffer
  open(sealed: Buffer, place: string): string
}

const VERSION = 1
const KEY_ID_BYTES = 4
const IV_BYTES = 12
const TAG_BYTES = 16

/** `previous` opens what was sealed before the last rotation; new values use `main` only. */
export function createSeal(main: string, previous: string | null = null): Seal {
  const current = keyOf(main)
  const keys = [current, ...(previous === null ? [] : [keyOf(previous)])]
  return {
    seal(text, place) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current.key, iv)
      cipher.setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), current.id, iv, cipher.getAuthTag(), body])
    },
    open(sealed, place) {
      const [id, iv, tag, body] = cut(sealed, [KEY_ID_BYTES, IV_BYTES, TAG_BYTES])
      const found = keys.find((candidate) => candidate.id.equals(id!))
      if (sealed[0] !== VERSION || found === undefined) {
        throw new Error(`sealed under another main secret: ${place}`)
      }
      const decipher = createDecipheriv('aes-256-gcm', found.key, iv!)
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(tag!)
      return Buffer.concat([decipher.update(body!), decipher.final()]).toString('utf8')
    },
  }
}

/** The parts behind the version byte, of the given lengths, and the rest. */
function cut(sealed: Buffer, lengths: number[]): Buffer[] {
  let at = 1
  const parts = lengths.map((bytes) => {
    const part = sealed.subarray(at, at + bytes)
    at += bytes
    return part
  })
  return [...parts, sealed.subarray(at)]
}

function keyOf(secret: string): { key: Buffer; id: Buffer } {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'bellwire secrets at rest v1', 32))
  return { key, id: createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES) }
}
