import { presets } from '@bellwire/sdk/providers/all'
import { proofPlaces, type Recognised, recogniseProviders } from '@bellwire/sdk/verification'
import type { Capture, LikelyProvider } from '../domain/bin.ts'

const all = Object.values(presets)

/** Where a capture may hold somebody's proof. */
export const secretPlaces = proofPlaces(all)

export const recognisedIn = (capture: Capture): Recognised[] =>
  recogniseProviders({ ...capture, url: capture.target }, all)

/** Null when nothing in the capture says so. */
export function likelyProvider(capture: Capture): LikelyProvider | null {
  const [first, ...others] = recognisedIn(capture)
  if (first === undefined) return null
  const { preset, variant, because } = first
  const { name, title } = preset
  return { name, title, variant, because, alsoPossible: others.map(({ preset }) => preset.name) }
}
