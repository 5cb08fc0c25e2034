// What an integration platform has in its app for your product: calls that it makes for its users.
// It knows a URL and the token that the user connected with, and nothing else of Bellwire.
export type Connection = { url: string; token: string }

export type Hook = { id: string; targetUrl: string; events: string[] }
export type Field = { key: string; type: string; custom: boolean; sample?: unknown }

/** The user switches an automation on: webhooks of this event go to a URL of its own. */
export const subscribe = (to: Connection, hook: { event: string; targetUrl: string }) =>
  call<Hook>(to, 'POST', '/hooks', hook)

/** The user switches it off. */
export const unsubscribe = (to: Connection, id: string) => call<null>(to, 'DELETE', `/hooks/${id}`)

export const hooks = async (to: Connection) =>
  (await call<{ data: Hook[] }>(to, 'GET', '/hooks')).data

/** What the user may choose from. */
export const events = async (to: Connection) =>
  (await call<{ data: { name: string; description: string }[] }>(to, 'GET', '/hooks/events')).data

/** What the user builds the automation with: newest payloads first. */
export const samples = async (to: Connection, event: string) =>
  (await call<{ data: object[] }>(to, 'GET', `/hooks/events/${event}/sample`)).data

/** What the user maps, custom fields of theirs included. */
export const fields = async (to: Connection, event: string) =>
  (await call<{ data: Field[] }>(to, 'GET', `/hooks/events/${event}/fields`)).data

async function call<Answer>(
  { url, token }: Connection,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`)
  return (text === '' ? null : JSON.parse(text)) as Answer
}
