// A thread of its own for customers' code: it may be ended in the middle of anything. Takes groups of
// inputs for one script each and answers them in order, as many as fit into its time.
import { platform, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { createSandbox, type Ran, type Script } from './sandbox.ts'

export type Group = { script: Script; inputs: string[] }

/** What a batch may take: after it, what was not begun is given back, so that nobody hogs a thread. */
const BATCH_MS = 100
/** A quarter of a core that is wanted by others as well. */
const NICENESS = 5

// Linux takes it for this thread alone, elsewhere it would be the process's: code that loops must not slow
// down who accepts and delivers.
if (platform() === 'linux') setPriority(NICENESS)

const port = parentPort!
let sandbox = await createWarm()

port.on('message', async (groups: Group[]) => {
  const answers = runAll(groups)
  // What a script made it take it never gives back.
  if (sandbox.isBloated()) sandbox = await createWarm()
  port.postMessage(answers)
})

function runAll(groups: Group[]): Ran[] {
  const began = performance.now()
  const answers: Ran[] = []
  for (const { script, inputs } of groups) {
    for (const input of inputs) {
      if (performance.now() - began > BATCH_MS) return answers
      answers.push(sandbox.run(script, input))
    }
  }
  return answers
}

/** The engine has to be compiled first: that is not on the time of the first script. */
async function createWarm() {
  const made = await createSandbox()
  const nothing = { webhook: { headers: {} }, payload: '{}', at: 0, seed: 0 }
  made.run({ key: '', code: 'function handler(w) { return w }' }, JSON.stringify(nothing))
  return made
}

port.postMessage('ready')
