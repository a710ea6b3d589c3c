/** Most cells of the table that finds the longest common sequence; beyond, what is left is aligned in order, place by place. */
const MOST = 4_000_000

type Pair<T> = readonly [a: T | undefined, b: T | undefined]

/**
 * Two sequences side by side, so that as many as possible of one place stand beside each other, in the order of both. Each item is in
 * the result once.
 */
export function align<T>(a: readonly T[], b: readonly T[], placeOf: (item: T) => string): Pair<T>[] {
  const places = [a.map(placeOf), b.map(placeOf)] as const
  const isSame = (i: number, j: number) => places[0][i] === places[1][j]
  let start = 0
  while (start < a.length && start < b.length && isSame(start, start)) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && isSame(a.length - 1 - end, b.length - 1 - end)) end += 1
  const head = Array.from({ length: start }, (_, i): Pair<T> => [a[i], b[i]])
  const tail = Array.from({ length: end }, (_, i): Pair<T> => [a[a.length - end + i], b[b.length - end + i]])
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end), (i, j) =>
    isSame(start + i, start + j),
  )
  return [...head, ...middle, ...tail]
}

function between<T>(a: readonly T[], b: readonly T[], isSame: (i: number, j: number) => boolean): Pair<T>[] {
  if (a.length * b.length > MOST)
    return [...a.map((one): Pair<T> => [one, undefined]), ...b.map((one): Pair<T> => [undefined, one])]
  const width = b.length + 1
  // How many of what comes from i and j on can stand beside each other.
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j]!
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = isSame(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pairs: Pair<T>[] = []
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; )
    if (i < a.length && j < b.length && isSame(i, j)) pairs.push([a[i++], b[j++]])
    else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) pairs.push([a[i++], undefined])
    else pairs.push([undefined, b[j++]])
  return pairs
}
