// The whole API, one entry per operation.
import { apiKeyRoutes } from './api-keys.ts'
import { applicationRoutes } from './applications.ts'
import { attemptRoutes } from './attempts.ts'
import { backgroundTaskRoutes } from './background-tasks.ts'
import { endpointHeaderRoutes } from './endpoint-headers.ts'
import { endpointReplayRoutes } from './endpoint-replays.ts'
import { endpointSecretRoutes } from './endpoint-secrets.ts'
import { endpointRoutes } from './endpoints.ts'
import { eventTypeRoutes } from './event-types.ts'
import { getHealth, ping, processHealth } from './health.ts'
import { messageContentRoutes } from './message-contents.ts'
import { messageRoutes } from './messages.ts'
import type { Route } from './route.ts'
import { statisticsRoutes } from './statistics.ts'

export const routes: Route[] = [
  getHealth,
  ping,
  ...processHealth,
  ...apiKeyRoutes,
  ...applicationRoutes,
  ...endpointRoutes,
  ...endpointSecretRoutes,
  ...endpointHeaderRoutes,
  ...endpointReplayRoutes,
  ...eventTypeRoutes,
  ...messageRoutes,
  ...messageContentRoutes,
  ...attemptRoutes,
  ...backgroundTaskRoutes,
  ...statisticsRoutes,
]
