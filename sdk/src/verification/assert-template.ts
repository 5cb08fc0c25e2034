import { parseTemplate } from './template.ts'

const KNOWN = /^(?:body|t|method|url|url:hubspot|h:[!#$%&'*+.^_`|~0-9A-Za-z-]+|q:.+)$/

/** Throws TypeError for a template with parts that nobody could fill. */
export function assertTemplate(template: string) {
  for (const part of parseTemplate(template)) {
    if ('name' in part ? KNOWN.test(part.name) : !/[{}]/.test(part.literal)) continue
    const found = 'name' in part ? `{${part.name}}` : part.literal
    throw new TypeError(
      `A signed template knows {body} {t} {method} {url} {url:hubspot} {h:name} {q:name}, not ${found}`,
    )
  }
}
