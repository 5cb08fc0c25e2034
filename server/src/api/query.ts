/** Every value as a list under its plain name: `a=1&a=2`, `a[]=1` and `a[0]=1&a[1]=2` mean the same. */
export function parseQuery(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const plain = name.replace(/\[\d*\]$/, '')
    query[plain] = [...(query[plain] ?? []), value]
  }
  return query
}
