/** Text that is JSON already: sent as it is, so that payloads keep their bytes. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** An answer with another status than the route's own, or with headers. */
export class Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Record<string, string>
  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** What goes over the wire. */
export const textOf = (body: unknown): string =>
  body instanceof JsonText ? body.text : JSON.stringify(body)
