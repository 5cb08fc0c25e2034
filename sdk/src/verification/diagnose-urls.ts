import type { Finding } from './webhook-error.ts'

/** Other spellings of the URL that a provider may have been given. */
export function urlVariants(url: string | null): { url: string; finding: Finding }[] {
  if (url === null || !URL.canParse(url)) return []
  const parsed = new URL(url)
  const withPath = (pathname: string) => Object.assign(new URL(url), { pathname }).href
  const { pathname, protocol, host, search } = parsed
  const other = protocol === 'https:' ? 'http:' : 'https:'
  const port = protocol === 'https:' ? 443 : 80
  const forms: [string, string][] = [
    [url.replace(protocol, other), `begins with ${other}//`],
    [
      pathname.endsWith('/') ? withPath(pathname.slice(0, -1)) : withPath(`${pathname}/`),
      'differs in the slash at its end',
    ],
    [url.replace(search, ''), 'has no query'],
    [url.replace(`//${host}`, `//${parsed.hostname}`), 'has no port'],
    [url.replace(`//${host}`, `//${parsed.hostname}:${port}`), `has the port ${port}`],
  ]
  return forms
    .filter(([form]) => form !== url)
    .map(([form, how]) => ({
      url: form,
      finding: {
        code: 'url_spelling',
        sentence: `The signature matches for ${form}: the URL that was signed ${how}.`,
        remedy: `Set publicUrl to ${form}, or correct the URL at the provider.`,
      },
    }))
}
