import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port where nothing listens, and where nothing will by chance: systems hand out higher ones, so that a
 * node finds its own free again after a restart.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
