// Tokens that were good lately. Says nothing about now: only that somebody was not guessing.
const KNOWN_MS = 10 * 60_000
const MAX_KNOWN = 10_000

export function createKnownTokens(nowMs: () => number = () => performance.now()) {
  const until = new Map<string, number>()
  return {
    add(token: string) {
      if (until.size >= MAX_KNOWN && !until.has(token)) {
        // The one added first; there is always one.
        const [oldest] = until.keys()
        until.delete(oldest!)
      }
      until.delete(token)
      until.set(token, nowMs() + KNOWN_MS)
    },
    has: (token: string) => (until.get(token) ?? 0) > nowMs(),
    delete: (token: string) => void until.delete(token),
  }
}
