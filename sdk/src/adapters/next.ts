type Fetches = { fetch(request: Request): Promise<Response> }
type RouteHandler = (request: Request) => Promise<Response>

/**
 * Route handlers of Next's app router: `export const { GET, POST } = toNext(hooks.source('billing'))`.
 * For the pages router take `toExpress` and export `config = { api: { bodyParser: false } }`.
 */
export function toNext(source: Fetches): Record<'GET' | 'HEAD' | 'POST' | 'OPTIONS', RouteHandler> {
  const handle: RouteHandler = async (request) => await source.fetch(request)
  return { GET: handle, HEAD: handle, POST: handle, OPTIONS: handle }
}
