import { startApi } from './api.ts'
import { type Case, testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'there' })).body

/** Where something can be named by its owner, and how its ids begin. */
const KINDS = [
  { path: 'app', field: 'uid', rest: { name: 'x' }, prefix: 'app_', status: 201 },
  {
    path: `app/${id}/endpoint`,
    field: 'uid',
    rest: { url: 'https://example.com' },
    prefix: 'ep_',
    status: 201,
  },
  {
    path: `app/${id}/msg`,
    field: 'eventId',
    rest: { eventType: 'x', payload: {} },
    prefix: 'msg_',
    status: 202,
  },
]

testCases(
  api,
  KINDS.flatMap(({ path, field, rest, prefix, status }): Case[] => {
    const create = (uid: unknown) => ({ method: 'POST', path, body: { ...rest, [field]: uid } })
    const refused = { status: 422, loc: ['body', field] }
    return [
      ...['has space', 'slash/', 'umlaut-ü', 'colon:', 'plus+', 'new\nline', 'end\n', '\0'].map(
        (uid) => ({
          name: `${prefix} ${field} ${JSON.stringify(uid)} is refused`,
          ...create(uid),
          ...refused,
        }),
      ),
      { name: `${prefix} ${field} may not be empty`, ...create(''), ...refused },
      {
        name: `${prefix} ${field} may not have 257 characters`,
        ...create('u'.repeat(257)),
        ...refused,
      },
      { name: `${prefix} ${field} may not be a number`, ...create(7), ...refused },
      {
        name: `${prefix} ${field} may not begin like an id`,
        ...create(`${prefix}mine`),
        ...refused,
      },
      {
        name: `${prefix} ${field} may not be an id`,
        ...create(prefix + '1'.repeat(27)),
        ...refused,
      },
      { name: `${prefix} ${field} may be null`, ...create(null), status },
      { name: `${prefix} ${field} may have 256 characters`, ...create('u'.repeat(256)), status },
      { name: `${prefix} ${field} may have all allowed signs`, ...create('aZ09-_.'), status },
      { name: `${prefix} ${field} may hold the prefix later`, ...create(`my-${prefix}`), status },
      { name: `${prefix} ${field} may begin like another kind's id`, ...create('key_x'), status },
    ]
  }),
)
