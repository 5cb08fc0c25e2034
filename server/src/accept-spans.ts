// A span of each item that a batch commits: from when it came to when it is committed, with how long it
// waited for its batch.
import type { AcceptSpan } from './tracing.ts'

type Results = { result: string }

/** `begin` starts an item's span and has its messages bring the context along. */
export function createAcceptSpans<Item extends object>(
  begin: (item: Item) => { item: Item; span: AcceptSpan },
) {
  const spans = new WeakMap<Item, AcceptSpan>()
  return {
    /** These items go to the database together. */
    taken(items: Item[]) {
      for (const item of items) spans.get(item)?.taken(items.length)
    },
    async around<Result extends Results>(given: Item, add: (item: Item) => Promise<Result>) {
      const { item, span } = begin(given)
      spans.set(item, span)
      try {
        const result = await add(item)
        span.ended(result.result)
        return result
      } catch (error) {
        span.failed(error)
        throw error
      }
    },
  }
}
