// How a request is signed: by a provider's name, by a scheme of one's own, or found out by its headers.
import { presetOf, presets } from '@bellwire/sdk/providers/all'
import {
  type InboundRequest,
  type Preset,
  type Scheme,
  schemeOf,
  variantsOf,
} from '@bellwire/sdk/verification'
import { readBytes } from './captured-request.ts'
import { CommandError } from './failures.ts'

export type Known = { preset: Preset; variant: string | null; scheme: Scheme }

type Named = { provider?: string; variant?: string; scheme?: string }

/** Null when nothing is said. */
export async function knownScheme({ provider, variant, scheme }: Named): Promise<Known | null> {
  if (scheme !== undefined) {
    const text = (await readBytes(scheme)).toString('utf8')
    return { preset: presets['generic']!, variant: null, scheme: parseScheme(text, scheme) }
  }
  if (provider === undefined) return null
  const preset = providerNamed(provider)
  const known = variantsOf(preset)
  if (variant !== undefined && !known.includes(variant)) {
    const said = known.length === 0 ? 'no variants' : `the variants ${known.join(', ')}`
    throw new CommandError(`${provider} has ${said}, not ${JSON.stringify(variant)}`, 2)
  }
  return { preset, variant: variant ?? known[0] ?? null, scheme: schemeOf(preset, variant) }
}

export function providerNamed(name: string): Preset {
  const preset = presetOf(name)
  if (preset !== null) return preset
  const near = Object.keys(presets).filter((each) => each.startsWith(name.slice(0, 3)))
  const hint = near.length === 0 ? '' : ` Perhaps ${near.join(', ')}?`
  throw new CommandError(`No provider is named ${JSON.stringify(name)}.${hint}`, 2)
}

function parseScheme(text: string, path: string): Scheme {
  try {
    const scheme = JSON.parse(text) as Scheme
    if (typeof scheme === 'object' && typeof scheme?.kind === 'string') return scheme
  } catch (error) {
    throw new CommandError(`${path} is not JSON: ${(error as Error).message}`, 2)
  }
  throw new CommandError(`${path}: expected a scheme as docs/sources.md shows, with its kind`, 2)
}

/** All whose signature's header is here. */
export function schemesByHeaders({ headers }: InboundRequest): Known[] {
  const present = new Set(headers.map(([name]) => name.toLowerCase()))
  return Object.values(presets)
    .filter(({ chosen }) => chosen === undefined)
    .flatMap((preset) => {
      const variants = variantsOf(preset)
      return (variants.length === 0 ? [null] : variants).map((variant) => {
        return { preset, variant, scheme: schemeOf(preset, variant) }
      })
    })
    .filter(({ scheme }) => headersOf(scheme).some((name) => present.has(name.toLowerCase())))
}

function headersOf(scheme: Scheme): string[] {
  const place = 'signature' in scheme ? scheme.signature : 'in' in scheme ? scheme.in : null
  const names = place !== null && 'headers' in place ? (place.headers as readonly string[]) : []
  // Everybody's header tells nobody.
  return names.filter((name) => name.toLowerCase() !== 'authorization')
}
