// What a host name is before DNS is asked. `localhost` is ours to answer; `special` names belong to
// somebody's own network, so they are asked only where an allow list could hold every answer.

export type NameKind = 'public' | 'special' | 'localhost' | 'never'

const SPECIAL_LABELS = new Set(
  (
    'localhost localdomain local internal intranet private lan home corp arpa onion alt test ' +
    'invalid example svc'
  ).split(' '),
)
const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog'])
const MAX_NAME = 253
const MAX_LABEL = 63

/** `name` is lower case and without its trailing dot, as the URL parser leaves it. */
export function nameKind(name: string): NameKind {
  if (name.length > MAX_NAME || METADATA_NAMES.has(name)) return 'never'
  const labels = name.split('.')
  if (labels.some((label) => label === '' || label.length > MAX_LABEL)) return 'never'
  const last = labels.at(-1)!
  if (last === 'localhost') return 'localhost'
  return labels.length === 1 || SPECIAL_LABELS.has(last) ? 'special' : 'public'
}
