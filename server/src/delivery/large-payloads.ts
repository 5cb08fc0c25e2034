// Memory for large payloads in flight. They are read when their turn comes and held until the receiver
// has answered, so receivers that are slow could fill the node with them. An endpoint may have a share of
// what is left, and one when it fits at all; one that is larger than everything goes alone.
const SHARE = 1 / 4

export function createLargePayloads(maxBytes: number) {
  let used = 0
  return {
    /** Whether an endpoint that has `own` bytes in flight may have so many more. */
    allows(bytes: number, own: number): boolean {
      if (bytes === 0 || used === 0) return true
      if (used + bytes > maxBytes) return false
      return own === 0 || own + bytes <= (maxBytes - used) * SHARE
    },
    take(bytes: number) {
      used += bytes
    },
    give(bytes: number) {
      used -= bytes
    },
  }
}
