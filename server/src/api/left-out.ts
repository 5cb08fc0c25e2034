// What the SDKs can call and Bellwire leaves out on purpose: the 404 says so, so that nobody looks for a
// mistake of theirs.
import { plainPath } from './plain-path.ts'

const LEFT_OUT: { path: RegExp; why: string }[] = [
  {
    path: /^\/(stream|auth\/stream|app\/[^/]+\/stream\/sink)(?![^/?-])/,
    why: 'Bellwire does not stream events to data stores; a poller gives all messages in order',
  },
  {
    path: /^\/(app\/[^/]+\/endpoint\/[^/]+\/)?connector\/oauth\/(slack|discord|hubspot)(?![^/?])/,
    why: 'Bellwire has no app with Slack, Discord or HubSpot to sign in to',
  },
  {
    path: /^\/(auth\/org-group-admin-token|management\/organization)(?![^/?])/,
    why: 'Bellwire has no hosted accounts; its API keys are at /management/authentication',
  },
  {
    path: /^\/management\/environment-settings\/customer-otel(?![^/?])/,
    why: 'Bellwire sends no telemetry for its customers; its own metrics are at /metrics',
  },
]

/** Why there is nothing at this URL, or null when no client has reason to expect something. */
export function whyLeftOut(url: string): string | null {
  const path = plainPath(url)
  if (!path.startsWith('/api/v1/')) return null
  const own = path.slice('/api/v1'.length)
  return LEFT_OUT.find((entry) => entry.path.test(own))?.why ?? null
}
