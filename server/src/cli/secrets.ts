import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/** The main secret of the configuration, or the one in the data directory; null when there is none. */
export async function findMainSecret({ mainSecret, dataDir }: Config): Promise<string | null> {
  return mainSecret ?? (await readIfThere(join(dataDir, 'main-secret')))
}

/** As above; makes one in the data directory when there is none yet. */
export async function ensureMainSecret(config: Config): Promise<string> {
  const found = await findMainSecret(config)
  if (found !== null) return found
  const secret = randomBytes(32).toString('base64url')
  await mkdir(config.dataDir, { recursive: true })
  // `wx`: two starts at once agree on whichever came first.
  await writeFile(join(config.dataDir, 'main-secret'), secret, { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return (await findMainSecret(config))!
}

/** The key that `dev` made, for the commands that run beside it. */
export const readDevApiKey = (dataDir: string) => readIfThere(join(dataDir, 'api-key'))

export async function keepDevApiKey(dataDir: string, token: string): Promise<void> {
  await writeFile(join(dataDir, 'api-key'), token, { mode: 0o600 })
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
