/** A stranger's bytes must not steer the terminal. */
export const printable = (text: string) => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '·')
