// Adding a contact calls a URL with query parameters; one purchase goes to billing, shipping and
// inventory.
import assert from 'node:assert/strict'
import { story } from '../shared/story.ts'
import { addContact, setUp, watchContacts } from './lists.ts'
import {
  invoiceOf,
  parcelOf,
  purchased,
  readPurchase,
  restock,
  watchPurchases,
} from './purchases.ts'

const ACCOUNT = 'account-54911'
const BRAD = {
  list_id: 6945740,
  mobile: '61438333061',
  firstname: 'Brad',
  lastname: 'Down',
  datetime_entry: '2022-11-30 22:53:19',
  gender: 'M',
  email: 'braddown@gmail.com',
  dob: '18/12',
  active: 'Y',
  user_id: 54911,
  rate: 10,
} as const
const BRADS_QUERY =
  'type=add&list_id=6945740&mobile=61438333061&firstname=Brad&lastname=Down&datetime_entry=2022-11-30%2022%3A53%3A19&gender=M&email=braddown%40gmail.com&dob=18%2F12&active=Y&user_id=54911&rate=10'

const PURCHASE = {
  purchase_id: 'P-1001',
  customer: { name: 'Brad Down', address: '1 Bay Road, Sydney' },
  item: { id: 'item-7f3a', name: 'Headset' },
  quantity: 2,
  unit_price: 40,
}

const STORY = {
  title: 'Contact list: contacts as query parameters, purchases to three',
  about: 'One receiver can only read a URL; three others must all hear of a purchase.',
}

await story(STORY, async (stage) => {
  const { bellwire, receiver, step, say } = stage
  const { client } = bellwire
  await setUp(client)
  await client.request('POST', '/api/v1/app', { body: { uid: ACCOUNT, name: 'Account 54911' } })

  step('Somebody wants to hear of new contacts, and can only read query parameters')
  const reader = await receiver('The reader of the list')
  await watchContacts(client, ACCOUNT, `${reader.url}/new-contact.php`)
  await addContact(client, ACCOUNT, BRAD)
  const { method, target, body } = await reader.next()
  assert.equal(`${method} ${target}`, `GET /new-contact.php?${BRADS_QUERY}`)
  assert.equal(body, '')
  const read = Object.fromEntries(new URL(target, reader.url).searchParams)
  assert.equal(read['datetime_entry'], BRAD.datetime_entry)
  say(`It reads datetime_entry as "${read['datetime_entry']}", email as "${read['email']}".`)

  step('One purchase: billing, shipping and inventory hear of it, each with a secret of its own')
  const done: string[] = []
  const shelves = new Map([['item-7f3a', 'C-12']])
  const stock = new Map([['item-7f3a', 6]])
  const departments = [
    await department('billing', invoiceOf),
    await department('shipping', (purchase) => parcelOf(purchase, shelves)),
    await department('inventory', (purchase) => restock(purchase, stock, 5)),
  ]
  const { id } = await purchased(client, ACCOUNT, PURCHASE)
  for (const one of departments) {
    const got = await one.next()
    assert.equal(got.status, 204)
    assert.equal(got.headers['webhook-id'], id)
    assert.deepEqual(JSON.parse(got.body), PURCHASE)
  }
  for (const line of done) say(line)
  assert.deepEqual(done.sort(), [
    'billing: Invoice to Brad Down: 2 × Headset = 80',
    'inventory: Reorder item-7f3a: 4 left',
    'shipping: Parcel to 1 Bay Road, Sydney: 2 × item-7f3a of shelf C-12',
  ])

  step('The shop is not sure that it told, and tells again: it is still one purchase')
  await assert.rejects(purchased(client, ACCOUNT, PURCHASE), { code: 'conflict' })
  assert.equal(reader.received.length, 1)
  assert.deepEqual(
    departments.map(({ received }) => received.length),
    [1, 1, 1],
  )
  say('Refused with "conflict"; nobody got it twice.')

  /** A receiver that verifies, works, and answers 204; without a right signature 401. */
  async function department(uid: string, work: (purchase: typeof PURCHASE) => string) {
    let secret = ''
    const one = await receiver(uid, async (request, response) => {
      const purchase = await readPurchase(request, secret).catch(() => null)
      if (purchase === null) return void response.writeHead(401).end()
      done.push(`${uid}: ${work(purchase)}`)
      response.writeHead(204).end()
    })
    secret = await watchPurchases(client, ACCOUNT, { uid, url: `${one.url}/purchases` })
    return one
  }
})
