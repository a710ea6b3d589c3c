/** Cuts a list into parts, in order, none of which is larger than `most`, but for one item that is so alone. */
export function* partsOf<T>(items: readonly T[], sizeOf: (item: T) => number, most: number): Generator<T[]> {
  let part: T[] = []
  let total = 0
  for (const item of items) {
    const size = sizeOf(item)
    if (part.length > 0 && total + size > most) {
      yield part
      part = []
      total = 0
    }
    part.push(item)
    total += size
  }
  if (part.length > 0) yield part
}

/** The items of a list by a key that each has, those of a key in their order. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}
