import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()

const says = (words: string) => ({ method: 'GET', status: 404, has: ['"code":"not_found"', words] })
const streams = says('does not stream events')
const signsIn = { ...says('no app with Slack, Discord or HubSpot'), method: 'POST', body: {} }
const accounts = says('no hosted accounts')
const telemetry = says('sends no telemetry for its customers')
const nothing = says('There is nothing at this path')

testCases(api, [
  { name: 'streams are left out', ...streams, path: 'stream' },
  { name: 'streams are left out, with slashes too', ...streams, path: '//api/v1/stream/' },
  { name: 'a list of streams is left out', ...streams, path: 'stream?limit=3' },
  { name: 'a sink is left out', ...streams, path: 'stream/x/sink/y/transformation' },
  { name: 'the sinks of an application are left out', ...streams, path: 'app/a/stream/sink' },
  { name: 'a sink of an application is left out', ...streams, path: 'app/a/stream/sink/x/headers' },
  { name: 'a portal of a stream is left out', ...streams, path: 'auth/stream-portal-access/x' },
  { name: 'tokens of a stream are left out', ...streams, path: 'auth/stream/x/expire-all' },
  { name: 'signing in to Slack is left out', ...signsIn, path: 'connector/oauth/slack' },
  {
    name: 'the HubSpot configuration of an endpoint is left out',
    ...signsIn,
    method: 'PUT',
    path: 'app/a/endpoint/e/connector/oauth/hubspot',
  },
  { name: 'tokens of groups are left out', ...accounts, path: 'auth/org-group-admin-token/k' },
  { name: 'members are left out', ...accounts, path: 'management/organization/member' },
  {
    name: "customers' telemetry is left out",
    ...telemetry,
    path: 'management/environment-settings/customer-otel/test',
  },
  { name: 'it needs no token to be left out', ...streams, path: 'stream', token: null },
  { name: 'what only begins like it is unknown', ...nothing, path: 'streamers' },
  { name: 'what is left out is so in the API only', ...nothing, path: '/stream' },
])
