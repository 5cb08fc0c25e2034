import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 50
// The server may take 25 s to finish what is in flight; then nothing is going to happen any more.
const STOP_TIMEOUT_MS = 30_000

/** A file of this folder as a process of its own, spoken to by messages. */
export function forkPeer<Out extends object, In>(file: string, signal: AbortSignal) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: [...process.execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const listeners = new Set<(message: In) => void>()
  child.on('message', (message) => {
    for (const listener of listeners) listener(message as In)
  })
  return {
    child,
    send(message: Out) {
      child.send(message)
    },
    onMessage(listener: (message: In) => void) {
      listeners.add(listener)
    },
    /** The next message that `pick` makes something of. Rejects when the process ends first. */
    receive<T>(pick: (message: In) => T | null): Promise<T> {
      return new Promise((resolve, reject) => {
        const onExit = () => reject(new Error(`${file} ended early.`))
        const listener = (message: In) => {
          const picked = pick(message)
          if (picked === null) return
          listeners.delete(listener)
          child.off('exit', onExit)
          resolve(picked)
        }
        listeners.add(listener)
        child.once('exit', onExit)
      })
    },
  }
}

/** Whatever ends us, an error or Ctrl-C, takes this process along. */
export function endWithUs(child: ChildProcess): void {
  const end = () => {
    child.kill('SIGTERM')
  }
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}

/** Asks to stop, waits, and ends by force what doesn't. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const force = setTimeout(() => {
    console.error(`Process ${child.pid} did not stop within ${STOP_TIMEOUT_MS} ms: killed.`)
    child.kill('SIGKILL')
  }, STOP_TIMEOUT_MS)
  child.kill('SIGTERM')
  await ended
  clearTimeout(force)
}

/** Waits until `url` answers 200; throws when the process ends before, or takes too long. */
export async function waitUntilReady(
  child: ChildProcess,
  { url, signal }: { url: string; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode} at start.`)
    const answer = await fetch(url).catch(() => null) // not listening yet
    await answer?.body?.cancel()
    if (answer?.status === 200) return
    await sleep(READY_POLL_MS, undefined, { signal })
  }
  throw new Error(`${url} did not answer 200 within ${READY_TIMEOUT_MS} ms.`)
}

/** A port nobody listens on at the moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}
