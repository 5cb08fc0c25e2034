/** Which ports of strangers may be called. Port 0 never; allow-listed addresses are not asked. */
export type PortRule = (port: number) => boolean

// Mail and other protocols sit below 1024; above, the stores and control ports that take a POST
// for a command.
const SHUT = new Set([
  1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 5984, 6379, 6443, 9042,
  9092, 9200, 9300, 10_250, 11_211, 27_017,
])

export const defaultPortRule: PortRule = (port) =>
  port === 443 || port === 80 || (port >= 1024 && !SHUT.has(port))

/** `BELLWIRE_EGRESS_PORTS`: `80,443,8000-8999` replaces the rule. Throws when it can't be read. */
export function parsePorts(text: string): PortRule {
  const ranges = text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(parseRange)
  if (ranges.length === 0) throw new Error('names no port; write for example 80,443,8000-8999')
  return (port) => ranges.some(([low, high]) => port >= low && port <= high)
}

function parseRange(word: string): [low: number, high: number] {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word) ?? []
  const low = Number(first)
  const high = Number(last)
  if (!(low >= 1 && low <= high && high <= 65_535)) {
    throw new Error(`"${word}" is not a port or a range such as 8000-8999`)
  }
  return [low, high]
}
