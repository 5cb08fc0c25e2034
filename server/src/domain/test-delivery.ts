import type { MessageId } from './ids.ts'

/** What became of a test: the id it was sent under, and why it failed or was not sent at all. */
export type TestResult = {
  messageId: MessageId | null
  failure: { code: string; message: string } | null
}
