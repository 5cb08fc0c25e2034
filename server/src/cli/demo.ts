// What the first `dev` finds to send with: an application and an endpoint, made through the API like
// anybody's, so that the curl line works as it is pasted.
const UID = 'demo'

type Options = { url: string; apiKey: string | null; receiverUrl: string | null }

/** Makes the application and its endpoint once; returns the endpoint's secret, or null without it. */
export async function seedDemo({ url, apiKey, receiverUrl }: Options): Promise<string | null> {
  if (apiKey === null || receiverUrl === null) return null
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  // Once deleted by its owner it stays away: it is made with the application, never afterwards.
  const description = 'The receiver inside bellwire dev'
  const made = await call('POST', '/app?get_if_exists=true', { name: 'Demo', uid: UID })
  if (made.status === 201) {
    await call('POST', `/app/${UID}/endpoint`, { uid: UID, url: receiverUrl, description })
  }
  // Another port than last time: the endpoint follows, as long as it is still ours.
  const present = await call('GET', `/app/${UID}/endpoint/${UID}`)
  if (present.body['description'] === description && present.body['url'] !== receiverUrl) {
    await call('PATCH', `/app/${UID}/endpoint/${UID}`, { url: receiverUrl })
  }
  const { body } = await call('GET', `/app/${UID}/endpoint/${UID}/secret`)
  return typeof body['key'] === 'string' ? body['key'] : null
}
