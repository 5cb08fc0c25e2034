/** What Zod, Valibot, ArkType and others have in common: https://standardschema.dev */
export type StandardSchema<Output = unknown> = {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

export type Issue = {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

type OutputOf<S> = S extends { readonly '~standard': infer T }
  ? T extends { readonly types?: infer Types }
    ? NonNullable<Types> extends { readonly output: infer Output }
      ? Output
      : unknown
    : unknown
  : unknown

type Events<S> = S extends { events: infer E } ? E : never

/** `customer.*` as every name that it stands for. */
type Named<P extends string> = P extends `${infer Head}*` ? `${Head}${string}` : P

/** `source:type` of all sources; any type where a source has no schemas. */
export type EventName<S> = {
  [K in keyof S & string]: [Events<S[K]>] extends [never]
    ? `${K}:${string}`
    : `${K}:${Named<keyof Events<S[K]> & string>}`
}[keyof S & string]

/** What a handler of this name gets: its schema's output, or that of the wildcard. */
export type DataOf<S, N extends string> = N extends `${infer K}:${infer T}`
  ? K extends keyof S
    ? [Events<S[K]>] extends [never]
      ? unknown
      : T extends keyof Events<S[K]>
        ? OutputOf<Events<S[K]>[T]>
        : WildcardOf<Events<S[K]>, T>
    : never
  : never

type WildcardOf<E, T extends string> = {
  [P in keyof E & string]: P extends `${infer Head}*`
    ? T extends `${Head}${string}`
      ? OutputOf<E[P]>
      : never
    : never
}[keyof E & string]

/** The entry of this name, else the longest `head*` that fits. */
export function findByName<T>(entries: ReadonlyMap<string, T>, name: string): T | undefined {
  const exact = entries.get(name)
  if (exact !== undefined) return exact
  const [longest] = [...entries.keys()]
    .filter((key) => key.endsWith('*') && name.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)
  return longest === undefined ? undefined : entries.get(longest)
}
