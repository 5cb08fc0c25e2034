// The whole API, one entry per operation.
import { apiKeyRoutes } from './api-keys.ts'
import { createAppListener } from './app-listeners.ts'
import { applicationTokenRoutes } from './application-tokens.ts'
import { applicationRoutes } from './applications.ts'
import { attemptListRoutes } from './attempt-lists.ts'
import { attemptedRoutes } from './attempted.ts'
import { attemptRoutes } from './attempts.ts'
import { listAuditLog } from './audit-log.ts'
import { backgroundTaskRoutes } from './background-tasks.ts'
import { binShareRoutes } from './bin-shares.ts'
import { binRoutes } from './bins.ts'
import { cancelMessages } from './cancel-messages.ts'
import { captureActionRoutes } from './capture-actions.ts'
import { answerCapture } from './capture-answers.ts'
import { captureWaitRoutes } from './capture-waits.ts'
import { captureRoutes } from './captures.ts'
import { exportCatalog } from './catalog-export.ts'
import { importCatalog } from './catalog-import.ts'
import { endpointAuthRoutes } from './endpoint-auth.ts'
import { endpointBinRoutes } from './endpoint-bins.ts'
import { fifoRoutes } from './endpoint-fifo.ts'
import { endpointFilterRoutes } from './endpoint-filter.ts'
import { endpointHeaderRoutes } from './endpoint-headers.ts'
import { endpointOauthRoutes } from './endpoint-oauth.ts'
import { getRateLimitStatus } from './endpoint-rate-limit.ts'
import { endpointReplayRoutes } from './endpoint-replays.ts'
import { resumeEndpoint } from './endpoint-resume.ts'
import { endpointSecretRoutes } from './endpoint-secrets.ts'
import { getEndpointStats } from './endpoint-stats.ts'
import { endpointTemplateRoutes } from './endpoint-template.ts'
import { endpointTransportRoutes } from './endpoint-transport.ts'
import { endpointVerificationRoutes } from './endpoint-verification.ts'
import { endpointRoutes } from './endpoints.ts'
import { environmentRoutes } from './environment.ts'
import { environmentSettingsRoutes } from './environment-settings.ts'
import { importOpenApi } from './event-type-import.ts'
import { retryScheduleRoutes } from './event-type-schedules.ts'
import { eventTypeRoutes } from './event-types.ts'
import { getHealth, ping, processHealth } from './health.ts'
import { hookEventRoutes } from './hook-events.ts'
import { hookUrlRoutes } from './hook-urls.ts'
import { hookRoutes } from './hooks.ts'
import { createMessageBatch } from './message-batch.ts'
import { messageContentRoutes } from './message-contents.ts'
import { searchMessage } from './message-search.ts'
import { messageRoutes } from './messages.ts'
import { operationalEndpointRoutes } from './operational-endpoints.ts'
import { pollerTokenRoutes } from './poller-tokens.ts'
import { pollerRoutes } from './pollers.ts'
import { pollingRoutes } from './polling.ts'
import { portalAccessRoutes } from './portal-access.ts'
import { precheck } from './precheck.ts'
import type { Route } from './route.ts'
import { segmentRoutes } from './segments.ts'
import { sendExample } from './send-example.ts'
import { sharedBinRoutes } from './shared-bins.ts'
import { listSourcePresets } from './source-presets.ts'
import { sourceRequestRoutes } from './source-requests.ts'
import { sourceSecretRoutes } from './source-secrets.ts'
import { sourceRoutes } from './sources.ts'
import { statisticsRoutes } from './statistics.ts'
import { templateRoutes } from './templates.ts'
import { transformationRoutes } from './transformations.ts'

export const routes: Route[] = [
  getHealth,
  ping,
  ...processHealth,
  ...apiKeyRoutes,
  ...applicationTokenRoutes,
  ...portalAccessRoutes,
  ...applicationRoutes,
  ...endpointRoutes,
  ...hookRoutes,
  ...hookEventRoutes,
  ...hookUrlRoutes,
  ...endpointSecretRoutes,
  ...endpointHeaderRoutes,
  ...endpointAuthRoutes,
  ...endpointOauthRoutes,
  ...endpointTransportRoutes,
  ...endpointVerificationRoutes,
  ...endpointFilterRoutes,
  ...segmentRoutes,
  ...transformationRoutes,
  ...templateRoutes,
  ...endpointTemplateRoutes,
  getEndpointStats,
  getRateLimitStatus,
  ...fifoRoutes,
  sendExample,
  cancelMessages,
  ...endpointReplayRoutes,
  resumeEndpoint,
  ...eventTypeRoutes,
  importOpenApi,
  importCatalog,
  exportCatalog,
  ...environmentSettingsRoutes,
  ...environmentRoutes,
  ...retryScheduleRoutes,
  ...messageRoutes,
  createMessageBatch,
  searchMessage,
  ...pollerRoutes,
  ...pollingRoutes,
  ...pollerTokenRoutes,
  ...messageContentRoutes,
  ...sourceRoutes,
  ...sourceSecretRoutes,
  ...sourceRequestRoutes,
  listSourcePresets,
  ...binRoutes,
  ...captureRoutes,
  ...captureWaitRoutes,
  ...captureActionRoutes,
  answerCapture,
  createAppListener,
  ...binShareRoutes,
  ...endpointBinRoutes,
  ...sharedBinRoutes,
  precheck,
  ...attemptRoutes,
  ...attemptListRoutes,
  ...attemptedRoutes,
  ...backgroundTaskRoutes,
  ...statisticsRoutes,
  ...operationalEndpointRoutes,
  listAuditLog,
]
