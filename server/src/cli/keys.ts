import { createInterface } from 'node:readline/promises'
import { readConfig } from '../config.ts'
import type { Scope } from '../domain/access.ts'
import { parseId } from '../domain/ids.ts'
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import { type By, recordChange } from '../store/changes.ts'
import type { Db } from '../store/connect.ts'
import { ensureDefaultEnvironment } from '../store/environments.ts'
import { inTransaction } from '../store/transaction.ts'
import { withStore } from './database.ts'
import { CommandError } from './failures.ts'

type CreateOptions = { json?: boolean; scope?: Scope }

export async function createKey(
  name: string,
  { json = false, scope = 'full' }: CreateOptions,
): Promise<void> {
  const { key, token } = await changing('keys create', async (tx, by) => {
    const made = await createApiKey(tx, by.environmentId, { name, scope })
    const target = { kind: 'api-key', id: made.key.id } as const
    await recordChange(tx, by, { target, after: { name, scope } })
    return made
  })
  if (json) console.log(JSON.stringify({ id: key.id, name: key.name, scope, token }))
  else {
    console.log(token)
    console.error(`API key ${key.id} "${key.name}" (${scope}): the token is shown this once.`)
  }
}

const ALL = { limit: 100_000, cursor: null, order: 'ascending' } as const

export async function listKeys({ json = false }: { json?: boolean }): Promise<void> {
  const { items: keys } = await withStore(readConfig(), async ({ db, pool }) =>
    listApiKeys(db, await ensureDefaultEnvironment(pool), ALL),
  )
  if (json) return console.log(JSON.stringify(keys))
  if (keys.length === 0)
    return console.error('There are no API keys. Make one: bellwire keys create NAME')
  for (const key of keys)
    console.log(
      `${key.id}  …${key.hint}  ${key.scope.padEnd(9)}  ${stateOf(key).padEnd(28)}  ${key.name}`,
    )
}

export async function revokeKey(text: string, { yes = false }: { yes?: boolean }): Promise<void> {
  const id = parseId('apiKey', text)
  if (id === null)
    throw new CommandError(
      `"${text}" is no key id: expected key_…, as \`bellwire keys list\` shows it`,
      2,
    )
  if (!yes && !(await confirmed(`Revoke ${id}? Whoever uses it is refused from then on.`))) {
    throw new CommandError('Nothing was changed.')
  }
  await changing('keys revoke', async (tx, by) => {
    await revokeApiKey(tx, by.environmentId, id)
    await recordChange(tx, by, { target: { kind: 'api-key', id }, before: {} })
  })
  console.error(`${id} is revoked.`)
}

/** One transaction of whoever is at the command line of the server. */
function changing<Result>(operation: string, work: (tx: Db, by: By) => Promise<Result>) {
  return withStore(readConfig(), async ({ db, pool }) => {
    const environmentId = await ensureDefaultEnvironment(pool)
    const by: By = { environmentId, actor: { kind: 'command' }, operation, requestId: null }
    return inTransaction(db, (tx) => work(tx, by))
  })
}

const stateOf = ({ createdAt, expiresAt, revokedAt }: ApiKey) => {
  if (revokedAt !== null) return `revoked ${revokedAt.toISOString().slice(0, 16)}`
  if (expiresAt !== null) return `expires ${expiresAt.toISOString().slice(0, 16)}`
  return `created ${createdAt.toISOString().slice(0, 16)}`
}

async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new CommandError('Not a terminal, so nobody can be asked: pass --yes', 2)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${question} [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
