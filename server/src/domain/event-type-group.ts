// `lead.*` in an endpoint's event types: every type whose name begins with `lead.`, also those to come.

const ENDING = '.*'

export const isGroup = (name: string) => name.endsWith(ENDING)

/** `lead.` of `lead.*`: what the names of its types begin with. */
export const prefixOfGroup = (group: string) => group.slice(0, -1)

/** The groups that a type is in: `lead.*` and `lead.status.*` of `lead.status.update`; null for none. */
export function groupsOf(eventType: string): string[] | null {
  let groups: string[] | null = null
  for (let dot = eventType.indexOf('.'); dot >= 0; dot = eventType.indexOf('.', dot + 1)) {
    groups ??= []
    groups.push(eventType.slice(0, dot) + ENDING)
  }
  return groups
}

/** Whether one of these names (of types and of groups) is the type, or has it in it. */
export const wants = (names: string[] | null, eventType: string) =>
  names === null ||
  names.includes(eventType) ||
  (groupsOf(eventType)?.some((group) => names.includes(group)) ?? false)
