// Texts with places in braces, `{timestamp}.{body}`, that say what is signed and how a signature is shown.

export type Piece<Name extends string> = { text: string } | { name: Name }

/** What a signature can be of. */
export const SIGNED_NAMES = ['body', 'timestamp', 'id', 'method', 'url'] as const
export type SignedName = (typeof SIGNED_NAMES)[number]

/** What stands in the header of a signature. */
export const VALUE_NAMES = ['signature', 'timestamp', 'id'] as const
export type ValueName = (typeof VALUE_NAMES)[number]

/** The pieces in their order, or the sentence that says what is wrong. */
export function parseTemplate<Name extends string>(
  template: string,
  names: readonly Name[],
): Piece<Name>[] | string {
  const pieces: Piece<Name>[] = []
  for (const part of template.split(/(\{[^{}]*\})/)) {
    if (part === '') continue
    if (!/[{}]/.test(part)) {
      pieces.push({ text: part })
      continue
    }
    const name = names.find((known) => part === `{${known}}`)
    if (name === undefined) {
      const known = names.map((one) => `{${one}}`).join(', ')
      return `${JSON.stringify(part.slice(0, 40))} is none of ${known}`
    }
    pieces.push({ name })
  }
  return pieces
}

export const hasName = <Name extends string>(pieces: Piece<Name>[], wanted: Name) =>
  pieces.some((piece) => 'name' in piece && piece.name === wanted)

/** Of templates that were looked at when they were set. */
export function piecesOf<Name extends string>(template: string, names: readonly Name[]) {
  const pieces = parseTemplate(template, names)
  if (typeof pieces === 'string') throw new Error(`invariant: ${pieces}`)
  return pieces
}
