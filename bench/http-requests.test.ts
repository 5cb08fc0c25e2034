import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRequestReader, type WebhookRequest } from './http-requests.ts'

const request = (id: string, body: string) =>
  `POST /${id} HTTP/1.1\r\nWebhook-Id: ${id}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

function readAll(chunks: Buffer[]) {
  const requests: (WebhookRequest | null)[] = []
  const read = createRequestReader((each) => requests.push(each))
  for (const chunk of chunks) read(chunk)
  return requests
}

test('requests are read wherever the network cuts them', () => {
  const bytes = Buffer.from(request('a', '{"ä":1}') + request('b', '') + request('c', '{}'))
  const wanted = [
    { path: '/a', id: 'a', body: '{"ä":1}' },
    { path: '/b', id: 'b', body: '' },
    { path: '/c', id: 'c', body: '{}' },
  ]
  assert.deepEqual(readAll([bytes]), wanted)
  assert.deepEqual(readAll([...bytes].map((byte) => Buffer.from([byte]))), wanted)
  for (let cut = 1; cut < bytes.length; cut++) {
    assert.deepEqual(readAll([bytes.subarray(0, cut), bytes.subarray(cut)]), wanted)
  }
})

test('a request without id or length is not taken for a delivery', () => {
  assert.deepEqual(readAll([Buffer.from('POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n')]), [null])
  assert.deepEqual(readAll([Buffer.from('POST / HTTP/1.1\r\nwebhook-id: a\r\n\r\n')]), [null])
})
