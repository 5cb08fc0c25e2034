// A message may bring headers along: of its trace, or from a source up to all that its provider sent. What it brings
// takes the place of ours: a receiver that verifies the provider's signature must find that one whole,
// so of `webhook-*` and `svix-*` a family is either the provider's or ours and never mixed.
import { pairsOf } from '../domain/custom-headers.ts'

const FAMILIES = ['webhook-', 'svix-']

/** Names and values in turn, as `ours` and the result. An endpoint's own header has the last word. */
export function withBrought(
  ours: string[],
  brought: [string, string][],
  customHeaders: string[],
): string[] {
  const custom = new Set(namesOf(customHeaders))
  const kept = brought.filter(([name]) => !custom.has(name.toLowerCase()))
  const names = new Set(kept.map(([name]) => name.toLowerCase()))
  const families = FAMILIES.filter((family) => [...names].some((name) => name.startsWith(family)))
  const isReplaced = (name: string) =>
    names.has(name) || families.some((family) => name.startsWith(family))
  return [
    ...pairsOf(ours).flatMap(([name, value]) =>
      // An empty content type is none: the provider sent none.
      isReplaced(name) || (name === 'content-type' && value === '') ? [] : [name, value],
    ),
    ...kept.flat(),
  ]
}

const namesOf = (headers: string[]) => pairsOf(headers).map(([name]) => name.toLowerCase())
