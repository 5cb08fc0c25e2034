// Where we differ from the core document on purpose, and what we do not serve yet.

/** One line per operation, so that branches that add some merge without thinking. */
export const NOT_SERVED_YET: string[] = []

const SDK_ID = 'operation ids are those of the full document, from which the SDKs are made'

/** What theirs has and ours has not: operation, what is compared, and the reason. */
export const DIFFERENCES: { operation: string; what: string; why: string }[] = [
  {
    operation: 'PATCH /api/v1/app/{app_id}/endpoint/{endpoint_id}',
    what: 'id patch_endpoint',
    why: SDK_ID,
  },
  { operation: 'PATCH /api/v1/app/{app_id}', what: 'id patch_application', why: SDK_ID },
  {
    operation: 'PATCH /api/v1/event-type/{event_type_name}',
    what: 'id patch_event_type',
    why: SDK_ID,
  },
  {
    operation: 'POST /api/v1/auth/logout',
    what: 'id logout_api_v1_auth_logout__post',
    why: SDK_ID,
  },
  {
    operation: 'PUT /api/v1/app/{app_id}/endpoint/{endpoint_id}/headers',
    what: 'id v1.endpoint.update-headers',
    why: SDK_ID,
  },
  {
    operation: 'PUT /api/v1/app/{app_id}/endpoint/{endpoint_id}',
    what: 'id v1.endpoint.update',
    why: SDK_ID,
  },
  { operation: 'PUT /api/v1/app/{app_id}', what: 'id v1.application.update', why: SDK_ID },
  {
    operation: 'PUT /api/v1/event-type/{event_type_name}',
    what: 'id v1.event-type.update',
    why: SDK_ID,
  },
]
