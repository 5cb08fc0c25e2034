// Regular expressions of strangers: matched by an engine whose time is linear in the text, because one
// that tries again can be made to think for years.
import { RE2JS } from 're2js'

/** Longer ones are programs. */
const MAX_PATTERN = 256

export class PatternError extends Error {
  override name = 'PatternError'
}

/** What ajv calls to compile `pattern` and the names of `patternProperties`. */
export const safePatterns = Object.assign((pattern: string) => new SafePattern(pattern), {
  code: 'new RegExp',
})

class SafePattern {
  readonly #compiled: RE2JS
  readonly #pattern: string

  constructor(pattern: string) {
    this.#pattern = pattern
    if (pattern.length > MAX_PATTERN) {
      throw new PatternError(`a pattern may have ${MAX_PATTERN} characters, not ${pattern.length}`)
    }
    try {
      this.#compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    } catch (error) {
      throw new PatternError(
        `cannot use the pattern ${JSON.stringify(pattern)}: ${(error as Error).message} (there are no look-arounds and no back-references here)`,
      )
    }
  }

  test(text: string): boolean {
    return this.#compiled.matcher(text).find()
  }

  /** ajv keeps compiled patterns by this: with the default all would be the first one. */
  toString() {
    return `safe:${this.#pattern}`
  }
}
