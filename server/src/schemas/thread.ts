// A thread of its own for what strangers wrote: it may be ended in the middle of anything.
import { parentPort } from 'node:worker_threads'
import { doJob, type Job } from './jobs.ts'

const port = parentPort!

// What has to be compiled first is not on the time of the first payload.
doJob({ kind: 'payload', schema: '{"type":"object"}', payload: '{}' })

port.on('message', (job: Job) => {
  try {
    port.postMessage({ result: doJob(job) })
  } catch (error) {
    // A schema that leads back to itself for ever ends here as a RangeError.
    port.postMessage({ failed: (error as Error).message })
  }
})
port.postMessage('ready')
