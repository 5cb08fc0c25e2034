import type { Preset } from './preset.ts'
import type { Scheme } from './scheme.ts'

/** The names of a preset's variants, the default first; none for a preset of one scheme. */
export function variantsOf({ scheme }: Preset): string[] {
  return isOne(scheme) ? [] : Object.keys(scheme)
}

/** The scheme of a preset, or of a variant. Throws RangeError for a variant that it does not have. */
export function schemeOf(preset: Preset, variant?: string | null): Scheme {
  const { scheme, name } = preset
  const variants = variantsOf(preset)
  if (isOne(scheme) && !variant) return scheme
  const wanted = variant ?? variants[0]!
  if (variants.includes(wanted)) return (scheme as Record<string, Scheme>)[wanted]!
  throw new RangeError(`${name} has the variants [${variants.join(', ')}], not "${wanted}".`)
}

const isOne = (scheme: Preset['scheme']): scheme is Scheme => typeof scheme['kind'] === 'string'
