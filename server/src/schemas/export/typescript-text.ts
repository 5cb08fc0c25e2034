/** A comment over what follows; none of nothing. */
export function commentOf(texts: unknown[], indent = ''): string {
  const lines = texts
    .filter((text): text is string => typeof text === 'string' && text.trim() !== '')
    .flatMap((text) => text.replaceAll('*/', '* /').split(/\r\n|[\n\r\u2028\u2029]/))
    .map((line) => line.trimEnd())
  if (lines.length === 0) return ''
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`
}

/** As a member is written: quoted where it is no word. */
export const memberName = (name: string) =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
