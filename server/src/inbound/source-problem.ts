// Whether a source can be made of what the API was given. Fails closed: what could not verify anything
// is refused here, before anybody sends to it.
import { BlockList, isIP } from 'node:net'
import { presets } from '@bellwire/sdk/providers/all'
import { assertUsable, needsSecret, variantsOf, WebhookError } from '@bellwire/sdk/verification'
import type { SourceSettings } from '../domain/source.ts'
import { type Plan, PlanProblem, planOf } from './plan.ts'

type Given = {
  settings: SourceSettings
  /** Null when they are stored already, and were looked at then. */
  secrets: string[] | null
  verifyToken: string | null
}
type Problem = { loc: string[]; message: string }

/** The field and the sentence, or null. */
export function sourceProblem(given: Given): Problem | null {
  try {
    const plan = planOf(given.settings)
    return (
      secretProblem(plan, given.secrets) ??
      addressProblem(given.settings) ??
      answerProblem(given.settings) ??
      settingProblem(plan, given)
    )
  } catch (error) {
    if (error instanceof PlanProblem) return { loc: error.loc, message: error.message }
    throw error
  }
}

/** The providers by name, for people who choose one. */
export const sourcePresets = () =>
  Object.values(presets).map((preset) => ({
    name: preset.name,
    title: preset.title,
    variants: variantsOf(preset),
    docs: preset.docs,
    replyWithinSeconds: preset.replyWithin,
  }))

function secretProblem({ preset, scheme }: Plan, secrets: string[] | null): Problem | null {
  const captures = preset.handshakes?.some(({ capture }) => capture !== undefined) ?? false
  if (secrets === null || (captures && secrets.length === 0)) return null
  const isGiven = scheme.kind === 'jwt' && scheme.keyFrom === 'provider'
  if (isGiven && secrets.length === 0) {
    const message = `required: the public keys of ${preset.name} as JSON Web Keys, which sources do not fetch`
    return { loc: ['secrets'], message }
  }
  if (!isGiven && !needsSecret(scheme, preset.verifier)) {
    if (secrets.length === 0) return null
    return { loc: ['secrets'], message: `${preset.name} signs with a key of its own: give none` }
  }
  if (secrets.length === 0) {
    return { loc: ['secrets'], message: 'required: a source without a secret would verify nothing' }
  }
  for (const [index, secret] of secrets.entries()) {
    try {
      assertUsable({ scheme, secrets: [secret], verifier: preset.verifier })
    } catch (error) {
      if (error instanceof WebhookError) {
        return { loc: ['secrets', `[${index}]`, 'value'], message: error.message }
      }
      if (error instanceof TypeError) return { loc: ['scheme'], message: error.message }
      throw error
    }
  }
  return null
}

function addressProblem({ allowedAddresses }: SourceSettings): Problem | null {
  try {
    addressesOf(allowedAddresses)
    return null
  } catch (error) {
    return { loc: ['allowedAddresses'], message: (error as Error).message }
  }
}

/** Throws for what is no address and no range. */
export function addressesOf(ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const version = isIP(address)
    const family = version === 6 ? 'ipv6' : 'ipv4'
    const most = version === 6 ? 128 : 32
    const length = bits === undefined ? most : Number(bits)
    if (version === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)) || length > most) {
      throw new Error(`expected addresses or ranges as 192.0.2.0/24, got ${JSON.stringify(range)}`)
    }
    list.addSubnet(address, length, family)
  }
  return list
}

const FORBIDDEN =
  /^(set-cookie2?|content-length|transfer-encoding|connection|keep-alive|upgrade|trailer|te|proxy-.*|x-content-type-options)$/i

function answerProblem({ answer }: SourceSettings): Problem | null {
  for (const [name, value] of Object.entries(answer?.headers ?? {})) {
    const loc = ['answer', 'headers', name]
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/.test(name)) {
      return { loc, message: 'is no header name (RFC 9110 token of at most 64 characters)' }
    }
    if (FORBIDDEN.test(name)) return { loc, message: 'this header cannot be set' }
    if (!/^[\t\x20-\x7e]*$/.test(value)) {
      return { loc, message: 'may hold printable ASCII, space and tab only' }
    }
  }
  if (answer?.status === 204 && answer.body !== '') {
    return { loc: ['answer', 'body'], message: 'an answer of 204 has none' }
  }
  return null
}

/** What a provider cannot be verified without. */
function settingProblem(plan: Plan, { settings, verifyToken }: Given): Problem | null {
  const { preset, scheme } = plan
  const wantsUrl =
    ('signed' in scheme && /\{url/.test(scheme.signed ?? '')) ||
    ['twilio', 'mandrill', 'hubspot', 'bird'].includes(preset.name)
  if (wantsUrl && settings.publicUrl === null) {
    return { loc: ['publicUrl'], message: `required: ${preset.name} signs the URL it was given` }
  }
  if (preset.name === 'paypal' && settings.webhookId === null) {
    return { loc: ['webhookId'], message: 'required: PayPal signs the id of the webhook' }
  }
  if (preset.name === 'aws-sns' && settings.allowedTopics.length === 0) {
    return { loc: ['allowedTopics'], message: 'required: the topics that may send here' }
  }
  const checks = preset.handshakes?.some(({ check }) => check !== undefined) ?? false
  if (checks && verifyToken === null) {
    return {
      loc: ['verifyToken'],
      message: `required: ${preset.name} asks for it in its handshake`,
    }
  }
  return null
}
