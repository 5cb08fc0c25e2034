import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { start } from './processes.ts'
import type { Figures, Question, Record } from './recorder-process.ts'

const FILE = fileURLToPath(new URL('recorder-process.ts', import.meta.url))

export type Recorder = Awaited<ReturnType<typeof startRecorder>>

export async function startRecorder(secret = `whsec_${randomBytes(24).toString('base64')}`) {
  const started = start(process.execPath, [FILE, secret], { ipc: true })
  const [{ port }] = (await once(started.child, 'message')) as [{ port: number }]
  let asked = 0
  function ask<Answer>(what: Question, of = ''): Promise<Answer> {
    const number = ++asked
    return new Promise((resolve) => {
      const listen = ({ ask, answer }: { ask: number; answer: Answer }) => {
        if (ask !== number) return
        started.child.off('message', listen)
        resolve(answer)
      }
      started.child.on('message', listen)
      started.child.send({ ask: number, what, of })
    })
  }
  return {
    ...started,
    secret,
    port,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    records: () => ask<Record[]>('records'),
    /** How many milliseconds each took whose event id begins so. */
    took: (prefix: string) => ask<number[]>('took', prefix),
    figures: () => ask<Figures>('figures'),
    set: (state: 'down' | 'up') => ask<void>(state),
  }
}
