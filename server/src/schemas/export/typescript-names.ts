/** Gives each thing a name of a type that nothing else has: `order.paid` is `OrderPaid`. */
export function createNames(taken: string[]): (name: string) => string {
  const used = new Set(taken)
  return (name) => {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
    const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
    const base = /^[A-Z]/.test(joined) ? joined : `Event${joined}`
    let unique = base
    for (let n = 2; used.has(unique); n++) unique = `${base}${n}`
    used.add(unique)
    return unique
  }
}
