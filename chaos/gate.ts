// A TCP proxy between Bellwire and PostgreSQL that stands in for every fault of the network.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

type Mode = 'pass' | 'pause' | 'hold' | 'refuse'
export type Gate = Awaited<ReturnType<typeof startGate>>

export async function startGate(port: number) {
  let mode: Mode = 'pass'
  let delayMs = 0
  const pairs = new Set<[inner: Socket, outer: Socket]>()
  const held: (() => void)[] = []

  const blocked = (isReply: boolean) => mode === 'pause' || (mode === 'hold' && isReply)
  function forward(from: Socket, to: Socket, isReply: boolean) {
    from.on('data', (bytes) => {
      const write = () => void (to.destroyed || to.write(bytes))
      const pass = () => {
        // What is held keeps its order: nothing may overtake it.
        if (blocked(isReply)) held.push(pass)
        else write()
      }
      if (delayMs > 0) setTimeout(pass, delayMs)
      else pass()
    })
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
  const server = createServer((outer) => {
    if (mode === 'refuse') return void outer.resetAndDestroy()
    const inner = connect(port, '127.0.0.1')
    for (const socket of [inner, outer]) socket.setNoDelay(true)
    const pair: [Socket, Socket] = [inner, outer]
    pairs.add(pair)
    outer.once('close', () => pairs.delete(pair))
    forward(inner, outer, true)
    forward(outer, inner, false)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    /** `pause`: nothing moves, connections stay. `hold`: queries pass, answers wait. */
    set(next: Mode) {
      mode = next
      for (const pass of held.splice(0)) pass()
    },
    delay(ms: number) {
      delayMs = ms
    },
    /** Resets every connection; what was held is lost. */
    cut() {
      held.length = 0
      for (const [inner, outer] of pairs) {
        outer.resetAndDestroy()
        inner.destroy()
      }
    },
    close() {
      mode = 'refuse'
      for (const [inner, outer] of pairs) {
        outer.destroy()
        inner.destroy()
      }
      server.close()
    },
  }
}
