import type { Scheme } from './scheme.ts'
import type { Finding } from './webhook-error.ts'

type SecretVariant = { secret: string; scheme: Scheme; finding: Finding }

const PREFIX = /^(?:whsec_|whpk_|sha256=)/

/** Ways in which a secret is commonly given wrongly. No sentence repeats it. */
export function secretVariants(secret: string, scheme: Scheme): SecretVariant[] {
  const same = (text: string, code: string, sentence: string, remedy: string) =>
    text === secret || text === ''
      ? []
      : [{ secret: text, scheme, finding: { code, sentence, remedy } }]
  const unquoted = /^(["'])(.*)\1$/s.exec(secret)?.[2] ?? secret
  const without = secret.replace(PREFIX, '')
  return [
    ...same(
      secret.replace(/\r?\n$/, ''),
      'secret_newline',
      'The secret ends in a newline; without it the signature matches.',
      'Set the secret again without the newline (`printf`, not `echo`).',
    ),
    ...same(
      secret.trim(),
      'secret_space',
      'The secret has white space at its ends; without it the signature matches.',
      'Set the secret again without it.',
    ),
    ...same(
      unquoted,
      'secret_quotes',
      'The secret stands in quotes; without them the signature matches.',
      'Set the secret again without the quotes.',
    ),
    ...same(
      `${secret}\n`,
      'secret_newline_lost',
      'The sender’s secret ends in a newline; with it the signature matches.',
      'Correct the secret at the sender.',
    ),
    ...same(
      without,
      'secret_prefix',
      'The sender uses the secret without its prefix.',
      'Give the secret exactly as the sender has it.',
    ),
    ...same(
      `whsec_${secret}`,
      'secret_prefix',
      'The sender uses the secret with whsec_ in front, as text.',
      'Give the secret with its prefix.',
    ),
    ...keyVariants(secret, without, scheme),
  ]
}

function keyVariants(secret: string, without: string, scheme: Scheme): SecretVariant[] {
  if (scheme.kind !== 'hmac') return []
  const now = scheme.key?.encoding ?? 'utf8'
  return (['utf8', 'base64', 'hex'] as const)
    .filter((encoding) => encoding !== now)
    .flatMap((encoding) =>
      [...new Set([secret, without])].map((text) => ({
        secret: text,
        scheme: { ...scheme, key: { encoding } },
        finding: {
          code: 'secret_encoding',
          sentence: `The signature matches when the secret is read as ${encoding}; this scheme reads ${now}.`,
          remedy: `Set the scheme's key to ${encoding}, or have the sender use ${now}.`,
        },
      })),
    )
}
