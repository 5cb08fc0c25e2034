/** Text that is HTML already. Only `html` makes it, so whatever else goes into a page is escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | false | null | undefined | Part[]

/** `html\`<b>${name}</b>\``: texts are escaped, lists joined, what is absent leaves nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((made, text, index) => made + toText(parts[index - 1]) + text))

/** Made by a renderer of our own documents; never of what callers sent. */
export const trusted = (text: string) => new Html(text)

function toText(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (Array.isArray(part)) return part.map(toText).join('')
  return part instanceof Html ? part.text : escapeHtml(String(part))
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (letter) => ESCAPES[letter]!)

/** Back-ticks of a description as code. */
export const prose = (text: string) =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))

/** As an anchor or in a path. */
export const slug = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\w]+/g, '-')
    .replace(/^-+|-+$/g, '')
