import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()

const TYPES = [
  'application/json',
  'application/json; charset=latin1',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/octet-stream',
  'nonsense',
  '/',
  ';;;',
  '',
]

testCases(api, [
  ...TYPES.map((type) => ({
    name: `a body of content type "${type}" is read as JSON`,
    method: 'POST',
    path: 'app',
    body: '{"name":"typed"}',
    headers: { 'content-type': type },
    status: 201,
    has: ['"name":"typed"'],
  })),
  {
    name: 'a body without content type is read as JSON',
    method: 'POST',
    path: 'app',
    body: Buffer.from('{"name":"untyped"}'),
    status: 201,
    has: ['"name":"untyped"'],
  },
  {
    name: 'GET with a content type and no body is no trouble',
    method: 'GET',
    path: 'app',
    headers: { 'content-type': 'application/json' },
    status: 200,
  },
  {
    name: 'DELETE with a content type and no body is no trouble',
    method: 'DELETE',
    path: 'app/unknown',
    headers: { 'content-type': 'application/json' },
    status: 404,
  },
  {
    name: 'a compressed body is refused',
    method: 'POST',
    path: 'app',
    body: '{"name":"packed"}',
    headers: { 'content-encoding': 'gzip' },
    status: 400,
    has: ['generic_error', 'Content-Encoding'],
  },
  {
    name: 'a body that says it is not compressed is taken',
    method: 'POST',
    path: 'app',
    body: '{"name":"plain"}',
    headers: { 'content-encoding': 'Identity' },
    status: 201,
    has: ['"name":"plain"'],
  },
])
