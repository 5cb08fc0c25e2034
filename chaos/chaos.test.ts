// A few faults that are quickly over, so that the suite cannot rot: run it whole before a release.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))

async function chaos(...args: string[]) {
  const { BELLWIRE_TEST_SERVER: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  const child = spawn(process.execPath, ['-C', 'bellwire-source', RUN, ...args], { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

test('a crash, bad receivers and poison leave nothing lost', async (t) => {
  const { code, said } = await chaos('--only', 'F02,F06,R01,R07,R12,R17,F70')
  t.diagnostic(said)
  assert.match(said, /\n7 passed, 0 failed\n$/)
  assert.equal(code, 0)
})

test('what does not exist is refused, what cannot be done is not counted as passed', async () => {
  const unknown = await chaos('--only', 'F00')
  assert.match(unknown.said, /No such fault: F00/)
  assert.equal(unknown.code, 2)
  const skipped = await chaos('--only', 'F90')
  assert.match(skipped.said, /F90 +skipped .*no release yet/)
  assert.match(skipped.said, /\n0 passed, 0 failed\n$/)
})
