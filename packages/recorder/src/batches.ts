/** Most that a batch weighs, unless it is a single item: converting it holds the thread of the application. */
const HEAVIEST = 1_000_000

/** The first of `entries` that are not too heavy together; at least so many, whatever they weigh. */
export function lightest<T, E extends { readonly item: T }>(
  entries: readonly E[],
  least: number,
  weightOf: (item: T) => number,
): readonly E[] {
  let weight = 0
  const end = entries.findIndex(({ item }, index) => {
    weight += weightOf(item)
    return index >= least && weight > HEAVIEST
  })
  return end === -1 ? entries : entries.slice(0, end)
}
