/** What keys mean: `r` sends the last one again, `12r` the one numbered 12, `q` ends. */
export function createKeys(act: { again(number: number | null): void; quit(): void }) {
  let digits = ''
  return (key: string) => {
    if (/^\d$/.test(key)) {
      digits = (digits + key).slice(-9)
      return
    }
    const number = digits === '' ? null : Number(digits)
    digits = ''
    if (key === 'r') act.again(number)
    // In raw mode the terminal leaves Ctrl-C and Ctrl-D to us.
    if (key === 'q' || key === '\u0003' || key === '\u0004') act.quit()
  }
}
