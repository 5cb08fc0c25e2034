// Whether an environment takes a message of this type with this payload. Without a policy it costs a
// look into a map.
import type { SchemaPolicy } from '../domain/environment-settings.ts'
import { invalid } from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { memberBytes } from './body.ts'
import type { ApiDeps } from './deps.ts'

/** The version of a schema that payloads are held against. */
const VERSION = '1'

type Checked = { eventType: string; payload: Buffer; contentType: string | null }
type Deps = Pick<ApiDeps, 'settingsOf' | 'payloadRuleOf' | 'schemas'>

/**
 * What is wrong with the payload, where that is only noted. Throws 422 where it is refused, or for an
 * event type that must be registered and is not. `loc` is where the message stands in the request.
 */
export async function checkPayload(
  environmentId: EnvironmentId,
  { eventType, payload, contentType }: Checked,
  { deps, loc = ['body'] }: { deps: Deps; loc?: string[] },
): Promise<string | null> {
  const settings = await deps.settingsOf(environmentId)
  const { requireEventType, hasOwnPolicies, schemaPolicy } = settings
  if (!requireEventType && !hasOwnPolicies && schemaPolicy === 'off') return null

  const rule = await deps.payloadRuleOf(environmentId, eventType)
  if (rule === null) {
    if (!requireEventType) return null
    throw invalid(
      [...loc, 'eventType'],
      `no such event type: ${eventType}; this environment takes messages of registered event types only`,
    )
  }
  const policy: SchemaPolicy = rule.policy ?? schemaPolicy
  const schema = rule.schemas === null ? null : memberBytes(Buffer.from(rule.schemas), VERSION)
  // A raw payload that is no JSON is nothing that a JSON Schema could say anything about.
  const isJson = contentType === null || /\bjson\b/i.test(contentType)
  if (policy === 'off' || schema === null || !isJson) return null

  const problem = await deps.schemas.problemOfPayload(schema.toString(), payload.toString())
  if (problem === null) return null
  if (policy === 'reject') {
    const at = [...loc, 'payload', ...problem.path]
    throw invalid(at, problem.message, 'value_error.jsonschema')
  }
  return `${['payload', ...problem.path].join('.')}: ${problem.message}`
}
