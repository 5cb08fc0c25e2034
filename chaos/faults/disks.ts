// §4: disks that are full. Small ones are mounted as tmpfs, which needs root.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { statusOf } from '../bellwire.ts'
import { type Fault, isRoot, type Run, Skip, sleep, until } from '../fault.ts'
import { type Postgres, startPostgres } from '../postgres.ts'
import { run as execute } from '../processes.ts'
import { newStand } from '../stand.ts'

async function folder(run: Run) {
  const path = await mkdtemp(join(tmpdir(), 'bellwire-chaos-disk-'))
  run.after(() => rm(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}

async function smallDisk(run: Run, megabytes: number) {
  if (!isRoot()) throw new Skip('mounting a small disk needs root')
  const path = await folder(run)
  await execute('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', path])
  run.after(() => execute('umount', ['-l', path]))
  const ballast = join(path, 'ballast')
  return {
    path,
    /** Leaves so much free. */
    async fill(leftMegabytes: number) {
      const free = await execute('df', ['--output=avail', '-B1M', path])
      const size = Number(free.trim().split('\n')[1]) - leftMegabytes
      await execute('fallocate', ['-l', `${size}M`, ballast])
    },
    repair: () => rm(ballast),
  }
}

export const diskFaults: Fault[] = [
  {
    id: 'F30',
    name: 'data disk full',
    async run(run) {
      const disk = await smallDisk(run, 150)
      const pg = await startPostgres({ dir: join(disk.path, 'pg'), walDir: await folder(run) })
      run.after(() => pg.remove())
      const stand = await newStand(run, { postgres: pg })
      const { node, publisher } = stand
      const { ledger, done } = publisher.publish('disk', {
        count: 600,
        perSecond: 60,
        size: 30_000,
      })
      await sleep(2_000)
      await disk.fill(3)
      await until('callers are refused', () => ledger.refused > 20, { within: 20_000 })
      assert.match(node.log(), /No space left on device/, 'the log says why')
      assert.equal((await node.call('GET', `/app/${stand.app}/msg`)).status, 200, 'reads work')
      assert.equal(await statusOf(`${node.url}/healthz`), 200)
      await sleep(3_000)
      await disk.repair()
      await done
      await stand.drained()
      return stand.audit([ledger], 500)
    },
  },
  {
    id: 'F31',
    name: 'WAL disk full',
    async run(run) {
      const disk = await smallDisk(run, 96)
      const pg = await startPostgres({
        walDir: disk.path,
        settings: ['min_wal_size=32MB', 'max_wal_size=32MB'],
      })
      run.after(() => pg.remove())
      const stand = await newStand(run, { postgres: pg })
      const { node, publisher } = stand
      const { ledger, done } = publisher.publish('wal', { count: 800, perSecond: 80, size: 60_000 })
      await sleep(1_000)
      await disk.fill(2)
      await until('it panics', () => pg.log().includes('PANIC'), { within: 30_000, every: 200 })
      await until('not ready', async () => (await statusOf(`${node.url}/readyz`)) === 503)
      assert.equal(await statusOf(`${node.url}/healthz`), 200)
      await disk.repair()
      await startAgain(pg)
      await until('ready again', async () => (await statusOf(`${node.url}/readyz`)) === 200)
      await done
      await stand.drained()
      return stand.audit([ledger], 500)
    },
  },
]

/** It may have recovered by itself once there was room, or stay down until somebody starts it. */
async function startAgain(pg: Postgres) {
  await sleep(2_000)
  const isUp = () => pg.query('postgres', 'select').then(Boolean, () => false)
  if (!(await isUp())) await pg.startAgain()
}
