import { limitsOf, type Reservation, type Store, type StoreOptions } from '../receiver/store.ts'

/** `EVAL` with numbered keys: what `ioredis` has as `eval(script, 1, key, …args)`. */
export type RedisLike = {
  eval(script: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>
}

// Values are `held:owner` or `done`. A script is atomic.
const RESERVE = `
local found = redis.call('GET', KEYS[1])
if not found then
  redis.call('SET', KEYS[1], 'held:' .. ARGV[1], 'PX', ARGV[2])
  return 'fresh'
end
if found == 'done' then return 'done' end
return 'in_progress'`

const COMPLETE = `
if redis.call('GET', KEYS[1]) == 'held:' .. ARGV[1] then
  redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2])
end
return 1`

const FAIL = `
if redis.call('GET', KEYS[1]) == 'held:' .. ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`

/** Keys in Redis or Valkey. What it evicts, it forgets: give it `noeviction`. */
export function redisStore(
  client: RedisLike,
  options: StoreOptions & { prefix?: string } = {},
): Store {
  const { prefix = 'bellwire:' } = options
  const run = async (script: string, key: string, ...values: (string | number)[]) =>
    await client.eval(script, 1, prefix + key, ...values)
  return {
    ...limitsOf(options),
    reserve: async (key, owner, leaseSeconds) =>
      (await run(RESERVE, key, owner, leaseSeconds * 1000)) as Reservation,
    complete: async (key, owner, keepSeconds) =>
      void (await run(COMPLETE, key, owner, keepSeconds * 1000)),
    fail: async (key, owner) => void (await run(FAIL, key, owner)),
  }
}
