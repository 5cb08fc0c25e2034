// Starts what a story needs, lets it be told, and stops everything, however it ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { type Bellwire, startBellwire } from './bellwire.ts'
import { type Listener, type Received, type Receiver, startReceiver } from './receiver.ts'

export type Stage = {
  bellwire: Bellwire
  /** A receiver that ends with the story; `next` also prints what came. */
  receiver(name: string, listener?: Listener): Promise<Receiver>
  /** A temporary folder that goes with the story. */
  folder(): Promise<string>
  /** A heading. */
  step(text: string): void
  say(text: string): void
  /** A request as its receiver saw it. */
  show(name: string, request: Omit<Received, 'at'>): void
}

export async function story(
  { title, about }: { title: string; about: string },
  tell: (stage: Stage) => Promise<void>,
): Promise<void> {
  console.log(`\n${styleText('bold', title)}\n${about}\n`)
  const stopping: (() => Promise<void>)[] = []
  const stopAll = async () => {
    for (const stop of stopping.splice(0)) await stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().finally(() => process.exit(130)))
  }
  let bellwire: Bellwire | null = null
  try {
    const starting = startBellwire()
    // Before it is ready, too: a signal may come while it starts.
    stopping.push(() => starting.then(({ stop }) => stop()).catch(() => {}))
    bellwire = await starting
    say(`Bellwire runs at ${bellwire.url}.`)
    await tell({ bellwire, receiver, folder, step, say, show })
    console.log(styleText('green', '\n✓ All of it is so.'))
  } catch (error) {
    console.error(styleText('red', '\n✗ This is not so:'), error)
    if (bellwire !== null) console.error(`The server said:\n${bellwire.log()}`)
    process.exitCode = 1
  } finally {
    await stopAll()
  }

  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'bellwire-example-'))
    stopping.push(() => rm(path, { recursive: true, force: true }))
    return path
  }

  async function receiver(name: string, listener?: Listener): Promise<Receiver> {
    const started = await startReceiver(name, listener)
    stopping.push(started.stop)
    return {
      ...started,
      async next() {
        const request = await started.next()
        show(name, request)
        return request
      },
    }
  }
}

let steps = 0
const step = (text: string) => console.log(styleText('bold', `\n${++steps}. ${text}`))
const say = (text: string) => console.log(`   ${text}`)

const SHOWN = [
  'authorization',
  'content-type',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
]

function show(name: string, { method, target, headers, body, status }: Omit<Received, 'at'>) {
  const lines = [
    `${styleText('cyan', `${method} ${target}`)}`,
    ...SHOWN.filter((header) => headers[header] !== undefined).map((header) =>
      styleText('dim', `${header}: ${headers[header]}`),
    ),
    ...(body === '' ? [styleText('dim', '(no body)')] : [body]),
  ]
  console.log(styleText('cyan', `   ┌ ${name} gets`))
  for (const line of lines) console.log(`   ${styleText('cyan', '│')} ${line}`)
  console.log(styleText('cyan', `   └ and answers ${status}`))
}
