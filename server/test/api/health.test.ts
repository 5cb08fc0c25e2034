import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const ready = await startApi()
const unready = await startApi({ ready: false })
const draining = await startApi({ draining: true })
const free = { method: 'GET', token: null }

testCases(ready, [
  { name: 'ping needs no token', ...free, path: 'health/ping', status: 204 },
  { name: 'ping takes a slash', ...free, path: 'health/ping/', status: 204 },
  { name: 'ping answers HEAD', ...free, method: 'HEAD', path: 'health/ping', status: 204 },
  { name: 'health needs no token', ...free, path: 'health', status: 204 },
  { name: 'health answers HEAD', ...free, method: 'HEAD', path: 'health', status: 204 },
  { name: 'health ignores a bad token', ...free, path: 'health', token: 'x', status: 204 },
  { name: 'the process is alive', ...free, path: '/healthz', status: 200 },
  { name: 'the process is ready', ...free, path: '/readyz', status: 200, has: ['"ready"'] },
])

testCases(unready, [
  { name: 'ping answers while the database does not', ...free, path: 'health/ping', status: 204 },
  { name: 'so does /healthz', ...free, path: '/healthz', status: 200 },
  {
    name: 'health names what does not answer',
    ...free,
    path: 'health',
    status: 503,
    has: ['"components":{"database":"does not answer"}'],
  },
  {
    name: 'so does /readyz',
    ...free,
    path: '/readyz',
    status: 503,
    has: ['"components":{"database":"does not answer"}'],
  },
])

testCases(draining, [
  { name: 'a server that stops is alive', ...free, path: '/healthz', status: 200 },
  {
    name: 'it refuses requests, and says when to come again',
    method: 'GET',
    path: 'app',
    status: 503,
    has: ['"code":"unavailable"'],
  },
  { name: 'unknown routes too', method: 'GET', path: 'nothing', status: 503 },
])
