// Which tokens may call an operation, asked of the rule itself.
import { may, SCOPES } from '../domain/access.ts'
import type { Json } from './openapi-schemas.ts'
import type { Route } from './route.ts'

export const SECURITY_SCHEMES: Json = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of the environment, of one of the scopes that the operation names',
  },
  applicationToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of the application in the path, with the capability that is named',
  },
}

/** One alternative per scope, and the capability that an application token needs. */
export function securityOf(entry: Route): Json[] {
  const { access, capability = 'ViewBase' } = entry
  if (access === 'none') return []
  const keys = SCOPES.filter((scope) => may({ kind: 'key', scope }, entry))
  const tokens = may({ kind: 'application', capabilities: [capability] }, entry)
  return [
    ...keys.map((scope) => ({ apiKey: [scope] })),
    ...(tokens ? [{ applicationToken: [capability] }] : []),
  ]
}
