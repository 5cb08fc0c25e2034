// The format of verification-vectors.json; its `about` explains the fields.
export type Vector = {
  id: string
  provider: string
  variant?: string
  check: 'verify' | 'respond' | 'verify-and-respond' | 'cert-url' | 'signed-string'
  secret?: string
  publicKey?: string
  cert?: string
  certUrl?: string
  verifyToken?: string
  webhookId?: string
  scheme?: object
  /** Seconds since 1970. */
  now?: number
  method?: string
  url?: string
  headers?: Record<string, string | string[]>
  body?: string
  signed?: string
  expect?: boolean
  note?: string
  expectResponse?: {
    status: number
    contentType?: string
    headers?: Record<string, string>
    text?: string
    json?: unknown
  }
}

export function toVectors(text: string): Vector[] {
  const { vectors } = JSON.parse(text) as { vectors?: Vector[] }
  if (!Array.isArray(vectors)) throw new Error('expected an object with a list "vectors"')
  return vectors
}
