// The whole API, one entry per operation.
import { apiKeyRoutes } from './api-keys.ts'
import { applicationTokenRoutes } from './application-tokens.ts'
import { applicationRoutes } from './applications.ts'
import { attemptRoutes } from './attempts.ts'
import { endpointHeaderRoutes } from './endpoint-headers.ts'
import { endpointSecretRoutes } from './endpoint-secrets.ts'
import { endpointRoutes } from './endpoints.ts'
import { eventTypeRoutes } from './event-types.ts'
import { getHealth, ping, processHealth } from './health.ts'
import { messageRoutes } from './messages.ts'
import { portalAccessRoutes } from './portal-access.ts'
import type { Route } from './route.ts'

export const routes: Route[] = [
  getHealth,
  ping,
  ...processHealth,
  ...apiKeyRoutes,
  ...applicationTokenRoutes,
  ...portalAccessRoutes,
  ...applicationRoutes,
  ...endpointRoutes,
  ...endpointSecretRoutes,
  ...endpointHeaderRoutes,
  ...eventTypeRoutes,
  ...messageRoutes,
  ...attemptRoutes,
]
