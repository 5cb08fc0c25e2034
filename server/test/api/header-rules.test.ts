import { startApi } from './api.ts'
import { type Case, testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const endpoints = `app/${app}/endpoint`
const url = 'https://example.com/'
const { id } = (await api.post(endpoints, { url, headers: { 'X-There': 'yes' } })).body
const path = `${endpoints}/${id}/headers`

const FORBIDDEN = `user-agent keep-alive proxy-authenticate proxy-authorization te trailers
  transfer-encoding upgrade age cache-control clear-site-data expires pragma warning content-length
  content-type content-encoding content-language content-location host connection expect trailer
  webhook-id webhook-timestamp webhook-signature
  x-amz-foo x-amzn-foo x-google x-google-foo x-goog-foo x-gfe x-gfe-foo x-azure-foo x-fd-foo
  x-svix-foo svix-foo svix-id`.split(/\s+/)
const NO_NAMES = ['', 'some:thing', 'a b', 'a\0', 'a\r\nb', 'ä', 'a,b', 'a(b)', 'x'.repeat(65)]
const NO_VALUES = ['a\0', 'a\r\nb: c', 'a\nb', 'ä', '\u007f', 'v'.repeat(4_097)]

/** The ways to set a header, each of which must refuse it and leave what is there. */
const ways = (headers: object): (Omit<Case, 'name' | 'status'> & { way: string })[] => [
  { way: 'PUT', method: 'PUT', path, body: { headers } },
  { way: 'PATCH', method: 'PATCH', path, body: { headers } },
  { way: 'creation', method: 'POST', path: endpoints, body: { url, headers } },
]
const refuse = (what: string, headers: object): Case[] =>
  ways(headers).map(({ way, ...call }) => ({
    name: `${way} refuses ${what}`,
    ...call,
    status: 422,
    has: ['"value_error.jsondecode"'],
    loc: ['body', 'headers'],
  }))
const take = (what: string, headers: object): Case[] =>
  ways(headers).map(({ way, ...call }) => ({
    name: `${way} takes ${what}`,
    ...call,
    status: way === 'creation' ? 201 : 204,
  }))
const text = (value: string) => JSON.stringify(value.slice(0, 20))

testCases(api, [
  ...FORBIDDEN.flatMap((name) => [
    ...refuse(name, { [name]: 'x' }),
    ...refuse(name.toUpperCase(), { [name.toUpperCase()]: 'x' }),
  ]),
  ...NO_NAMES.flatMap((name) => refuse(`the name ${text(name)}`, { [name]: 'x' })),
  ...NO_VALUES.flatMap((value) => refuse(`the value ${text(value)}`, { 'X-Name': value })),
  ...refuse('one name in two cases', { 'X-Name': '1', 'x-name': '2' }),
  {
    name: 'after all of that the headers are what they were',
    method: 'GET',
    path,
    status: 200,
    has: ['"headers":{"X-There":"yes"}'],
  },
  ...take('a value of 4096 bytes', { 'X-Name': 'v'.repeat(4_096) }),
  ...take('a value with spaces and a tab', { 'X-Name': 'a b\tc' }),
  ...take('an empty value', { 'X-Name': '' }),
  ...take('every sign of a token', { "!#$%&'*+-.^_`|~09aZ": 'x' }),
  ...take('names that only resemble forbidden ones', { 'x-amazon': '1', svix: '2', hosts: '3' }),
  {
    name: 'PUT refuses a value that is null',
    method: 'PUT',
    path,
    body: { headers: { a: null } },
    status: 422,
    loc: ['body', 'headers', 'a'],
  },
  {
    name: 'PUT needs headers',
    method: 'PUT',
    path,
    body: {},
    status: 422,
    loc: ['body', 'headers'],
  },
  { name: 'PUT refuses a list', method: 'PUT', path, body: { headers: [] }, status: 422 },
  {
    name: 'PATCH refuses a number',
    method: 'PATCH',
    path,
    body: { headers: { a: 1 } },
    status: 422,
  },
])
