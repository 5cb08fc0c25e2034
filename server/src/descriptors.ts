// How many sockets to strangers this process may afford. Whoever runs out of descriptors cannot answer
// health checks, callers or receivers, so what delivery may take is bounded before that.

/** The process itself, PostgreSQL, files. */
const RESERVED = 64

/** Of what the operating system allows: half for requests in flight, a quarter for kept sockets, the rest for callers. */
export function affordableSockets(descriptors = allowedDescriptors()) {
  const free = Math.max(descriptors - RESERVED, 32)
  return { inFlight: Math.floor(free / 2), kept: Math.floor(free / 4) }
}

/** Infinity where there is no such limit, as on Windows. */
function allowedDescriptors(): number {
  const { report } = process
  Object.assign(report, { excludeNetwork: true }) // it would look up names
  const { userLimits } = report.getReport() as unknown as Report
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}

type Report = { userLimits?: { open_files?: { soft: number | 'unlimited' } } }
