import { parseJson, readPointer } from '../verification/body.ts'
import { encodeBytes, hmac, isSameText, utf8 } from '../verification/encoding.ts'
import { secretKey } from '../verification/secrets.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'

const FIELDS = [
  '/pspReference',
  '/originalReference',
  '/merchantAccountCode',
  '/merchantReference',
  '/amount/value',
  '/amount/currency',
  '/eventCode',
  '/success',
]
const ITEM = '/NotificationRequestItem'
const SIGNATURE = '/additionalData/hmacSignature'
const MAX_ITEMS = 100

/**
 * Each item is signed by itself, over eight of its fields: every one must be right, or a forged one
 * would travel beside a good one. The other fields are not vouched for.
 */
export const adyenStandardVerifier: CustomVerifier = {
  async verify(request, { secrets }) {
    const items = readItems(request.body)
    const signatures = items.map((item) => readPointer(item, SIGNATURE))
    if (!signatures.every((signature) => typeof signature === 'string' && signature !== '')) {
      throw new WebhookError('signature_missing', 'An item has no additionalData.hmacSignature.')
    }
    for (const { secret, index } of secrets) {
      const expected = await Promise.all(items.map((item) => signatureOf(item, secret)))
      const isRight = expected.map((text, i) => isSameText(text, signatures[i] as string))
      if (!isRight.every(Boolean)) continue
      return { secretIndex: index, skewSeconds: null, bodyAuthenticated: false }
    }
    throw new WebhookError('signature_mismatch', 'Not every item’s signature matches.')
  },
  async sign(request, { secret }) {
    const body = parseJson(request.body)
    for (const item of listItems(body) ?? []) {
      const data = (item as { additionalData?: object }).additionalData
      const hmacSignature = await signatureOf(item, secret)
      Object.assign(item as object, { additionalData: { ...data, hmacSignature } })
    }
    return { ...request, body: utf8(JSON.stringify(body)) }
  },
}

function readItems(body: Uint8Array): unknown[] {
  let items: unknown[] | null
  try {
    items = listItems(parseJson(body))
  } catch (cause) {
    throw new WebhookError('signature_missing', 'The body that is signed is not JSON.', { cause })
  }
  if (items !== null && items.length > 0 && items.length <= MAX_ITEMS) return items
  throw new WebhookError('signature_missing', 'The body has no notificationItems.')
}

function listItems(body: unknown): unknown[] | null {
  const list = readPointer(body, '/notificationItems')
  return Array.isArray(list) ? list.map((entry) => readPointer(entry, ITEM)) : null
}

async function signatureOf(item: unknown, secret: string): Promise<string> {
  const text = FIELDS.map((pointer) => readField(item, pointer)).join(':')
  return encodeBytes(
    await hmac('sha256', secretKey(secret, { encoding: 'hex' }), utf8(text)),
    'base64',
  )
}

function readField(item: unknown, pointer: string): string {
  const value = readPointer(item, pointer)
  if (value === undefined || value === null) return ''
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value)
  }
  throw new WebhookError('signature_malformed', `An item’s ${pointer} is not text or a number.`)
}
