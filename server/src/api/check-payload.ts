// Whether an environment takes a message of this type with this payload. Without a policy it costs a
// look into a map.
import { type AppError, invalid } from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { memberBytes } from '../domain/json-bytes.ts'
import type { SchemaChecker } from '../schemas/checker.ts'
import { wasAccepted } from './accept-once.ts'
import type { ApiDeps } from './deps.ts'
import type { Idempotency } from './idempotency.ts'

/** The version of a schema that payloads are held against. */
const VERSION = '1'

type Checked = { eventType: string; payload: Buffer; contentType: string | null }
type Given = { environmentId: EnvironmentId; idempotency: Idempotency | null }
type Deps = Pick<ApiDeps, 'settingsOf' | 'payloadRuleOf' | 'schemas' | 'store'>

/**
 * What is wrong with the payload, where that is only noted. Throws 422 where it is refused, or for an
 * event type that must be registered and is not; but not for a repetition of what was accepted.
 */
export async function checkPayload(
  message: Checked,
  { environmentId, idempotency }: Given,
  deps: Deps,
): Promise<string | null> {
  const settings = await deps.settingsOf(environmentId)
  const { requireEventType, hasOwnPolicies, schemaPolicy } = settings
  if (!requireEventType && !hasOwnPolicies && schemaPolicy === 'off') return null
  const refuse = async (error: AppError) => {
    if (await wasAccepted(idempotency, deps)) return null
    throw error
  }

  const { eventType } = message
  const rule = await deps.payloadRuleOf(environmentId, eventType)
  if (rule === null) {
    if (!requireEventType) return null
    const says = 'this environment takes messages of registered event types only'
    return refuse(invalid(['body', 'eventType'], `no such event type: ${eventType}; ${says}`))
  }
  const policy = rule.policy ?? schemaPolicy
  if (policy === 'off') return null
  const problem = await problemOf(message, { schemas: rule.schemas, checker: deps.schemas })
  if (problem === null) return null
  const { path, message: says } = problem
  if (policy === 'warn') return `${['payload', ...path].join('.')}: ${says}`
  return refuse(invalid(['body', 'payload', ...path], says, 'value_error.jsonschema'))
}

type Against = { schemas: string | null; checker: Pick<SchemaChecker, 'problemOfPayload'> }

async function problemOf({ payload, contentType }: Checked, { schemas, checker }: Against) {
  const schema = schemas === null ? null : memberBytes(Buffer.from(schemas), VERSION)
  // A raw payload that is no JSON is nothing that a JSON Schema could say anything about.
  const isJson = contentType === null || /\bjson\b/i.test(contentType)
  if (schema === null || !isJson) return null
  return checker.problemOfPayload(schema.toString(), payload.toString())
}
