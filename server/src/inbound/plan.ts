// What a source's settings come to: the preset, or a scheme of one's own, with everything that the
// source says otherwise. What cannot be used is said with the field that is wrong.

import { presetOf } from '@bellwire/sdk/providers/all'
import {
  type Preset,
  type Scheme,
  schemeOf,
  variantsOf,
  withPlace,
} from '@bellwire/sdk/verification'
import type { SourceSettings } from '../domain/source.ts'

export type Plan = {
  /** Of a scheme of one's own, `generic` with that scheme. */
  preset: Preset
  scheme: Scheme
  /** Whether bodies are cut into their items. */
  split: boolean
  typePrefix: string
}

export class PlanProblem extends Error {
  override name = 'PlanProblem'
  readonly loc: string[]
  constructor(loc: string[], message: string) {
    super(message)
    this.loc = loc
  }
}

/** Throws PlanProblem. */
export function planOf(settings: SourceSettings): Plan {
  const { provider, idFrom, typeFrom, timeFrom, split } = settings
  const known = knownPreset(settings)
  const preset: Preset = {
    ...known,
    ...(idFrom !== null && { id: idFrom }),
    ...(typeFrom !== null && { type: typeFrom }),
    ...(timeFrom !== null && { at: timeFrom }),
    ...(split !== null && { split }),
  }
  const isNamed = provider !== null && provider !== 'generic'
  return {
    preset,
    scheme: schemeFor(known, settings),
    split: split !== null,
    typePrefix: settings.typePrefix ?? (isNamed ? provider : ''),
  }
}

function knownPreset({ provider, scheme }: SourceSettings): Preset {
  if (provider === null && scheme === null) {
    throw new PlanProblem(['provider'], 'required: the name of a provider, or a scheme of your own')
  }
  const preset = presetOf(provider ?? 'generic')
  if (preset === null) {
    throw new PlanProblem(
      ['provider'],
      `no provider is named ${JSON.stringify(provider)}: GET /api/v1/source-preset lists them; for others give a scheme`,
    )
  }
  return preset
}

function schemeFor(preset: Preset, settings: SourceSettings): Scheme {
  const { place = null } = settings
  if (place === null) return schemeWithoutPlace(preset, settings)
  if (settings.scheme !== null) {
    throw new PlanProblem(['place'], 'has no meaning with a scheme, which says it itself')
  }
  if (preset.chosen !== 'place') {
    throw new PlanProblem(['place'], `the provider ${preset.name} has its own: leave it out`)
  }
  return withPlace(schemeWithoutPlace(preset, settings), place)
}

function schemeWithoutPlace(preset: Preset, { scheme, variant }: SourceSettings): Scheme {
  if (scheme !== null) {
    if (variant !== null) throw new PlanProblem(['variant'], 'has no meaning with a scheme')
    if (preset.chosen === undefined) {
      throw new PlanProblem(['scheme'], `the provider ${preset.name} has its own: leave one out`)
    }
    // Its shape was checked by the API.
    return scheme as Scheme
  }
  if (preset.chosen === 'scheme') throw new PlanProblem(['scheme'], 'required for this provider')
  return schemeOfPreset(preset, variant)
}

/** Throws PlanProblem for a variant that it does not have. */
export function schemeOfPreset(preset: Preset, variant: string | null): Scheme {
  if (variant !== null && !variantsOf(preset).includes(variant)) {
    const variants = variantsOf(preset)
    const said = variants.length === 0 ? 'no variants' : `the variants ${variants.join(', ')}`
    throw new PlanProblem(['variant'], `${preset.name} has ${said}, not ${JSON.stringify(variant)}`)
  }
  return schemeOf(preset, variant)
}
