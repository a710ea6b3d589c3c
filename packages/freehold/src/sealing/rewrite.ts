/** The steps from the data of an entry to a value in it. */
export type Path = readonly (string | number)[]

/** What is to stand in the place of a value; undefined: the value, with what is within it looked at. */
export type Rewriting = (value: unknown, path: Path) => { value: unknown } | undefined

/** No data has more levels, and none more values: what goes beyond is left to the store, which refuses it. */
const MAX_LEVELS = 64
const MAX_VALUES = 4_194_304

/** The data with other values in some places. What leads there is copied; without any, the data itself comes back. */
export function rewrite(data: unknown, rewriting: Rewriting): unknown {
  const path: (string | number)[] = []
  let left = MAX_VALUES

  function visit(value: unknown): unknown {
    const told = rewriting(value, path)
    if (told !== undefined) return told.value
    if (typeof value !== 'object' || value === null || path.length >= MAX_LEVELS || left <= 0) return value
    return visitWithin(value)
  }

  function visitWithin(object: object): object {
    let copy: object | undefined
    for (const [name, value] of Array.isArray(object) ? object.entries() : Object.entries(object)) {
      if (left-- <= 0) break
      const kept = step(name, value)
      if (Object.is(kept, value)) continue
      copy ??= copyOf(object)
      Object.defineProperty(copy, name, { value: kept, enumerable: true, configurable: true, writable: true })
    }
    return copy ?? object
  }

  function step(name: string | number, value: unknown): unknown {
    path.push(name)
    const kept = visit(value)
    path.pop()
    return kept
  }

  return visit(data)
}

/** With all that an object has, shown or not: what a store would refuse of it, it refuses of the copy. */
function copyOf(object: object): object {
  const copy = Array.isArray(object) ? [] : {}
  Object.defineProperties(copy, Object.getOwnPropertyDescriptors(object))
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(object))
}

/** As RFC 6901 writes it: `/lines/0/note`. */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
