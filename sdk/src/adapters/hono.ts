import type { Outcome } from '../receiver.ts'

type HonoContext = { req: { raw: Request } }

/** `hono.all('/hooks/:source', toHono(hooks))`. A body that was read before is `body_not_raw`. */
export const toHono =
  (hooks: { receive(request: Request): Promise<Outcome> }) =>
  async (context: HonoContext): Promise<Response> =>
    (await hooks.receive(context.req.raw)).response
