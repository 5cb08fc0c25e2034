import type { Db } from './connect.ts'
import type { Seal } from './sealed.ts'

const NAME = 'main_secret_check'
const PLACE = 'setting.value/main_secret_check'

export class MainSecretError extends Error {
  override name = 'MainSecretError'
}

/** Finds out at start, before anything fails to open, that the main secret is another one. */
export async function assertMainSecret(db: Db, seal: Seal): Promise<void> {
  await db
    .insertInto('setting')
    .values({ name: NAME, value: seal.seal('bellwire', PLACE).toString('base64') })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { value } = await db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirstOrThrow()
  try {
    seal.open(Buffer.from(value, 'base64'), PLACE)
  } catch (cause) {
    throw new MainSecretError(
      'The secrets in this database were sealed under another main secret. Set BELLWIRE_MAIN_SECRET to that one (or BELLWIRE_MAIN_SECRET_PREVIOUS, after a rotation).',
      { cause },
    )
  }
}
