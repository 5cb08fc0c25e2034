import { join, resolve } from 'node:path'

/**
 * Where things are in the data directory. `home` appears by one rename, complete, so it is either
 * not there or whole. When we are root, `home` is root's and only `pgdata` and `run` are the server
 * user's: root never follows a path through a folder that the server could have rearranged.
 */
export type Layout = {
  dataDir: string
  home: string
  pgdata: string
  password: string
  run: string
  lib: string
  log: string
}

export function layoutOf(dataDir: string, homeName = 'postgres'): Layout {
  const home = join(resolve(dataDir), homeName)
  return {
    dataDir: resolve(dataDir),
    home,
    pgdata: join(home, 'pgdata'),
    password: join(home, 'password'),
    run: join(home, 'run'),
    lib: join(home, 'lib'),
    log: join(home, 'postgres.log'),
  }
}
