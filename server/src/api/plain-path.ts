/** A request's path and query as routes see them: extra slashes at the end or in between are no difference. */
export function plainPath(url: string): string {
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(url) ?? []
  return path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '') + query
}
