import type { Preset } from './preset.ts'
import type { Scheme } from './scheme.ts'

/** The names of a preset's variants, the default first; none for a preset of one scheme. */
export function variantsOf({ scheme }: Preset): string[] {
  return isOne(scheme) ? [] : Object.keys(scheme)
}

/** The scheme of a preset, or of a variant. Throws RangeError for a variant that it does not have. */
export function schemeOf(preset: Preset, variant?: string | null): Scheme {
  const { scheme, name } = preset
  const [first, ...others] = variantsOf(preset)
  if (isOne(scheme)) {
    if (!variant) return scheme
    throw new RangeError(`${name} has no variants, so no "${variant}".`)
  }
  if (Object.hasOwn(scheme, variant ?? first!)) return scheme[variant ?? first!]!
  throw new RangeError(
    `${name} has the variants ${[first, ...others].join(', ')}, not "${variant}".`,
  )
}

const isOne = (scheme: Preset['scheme']): scheme is Scheme => typeof scheme['kind'] === 'string'
