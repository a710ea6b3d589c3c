/** Shorter ones are looked at whole, which takes no longer. */
const LONG = 64
/** How much of a long text is looked at, at three places of it. */
const LOOK = 12

/**
 * A map by long texts. Where a `Map` looks at every character of each of them, this looks at a few, which tell nearly all
 * apart, and at the whole of those alone that are alike in these.
 */
export class ByText<V> {
  private readonly alike = new Map<string, { text: string; value: V } | Map<string, V>>()
  private count = 0

  get size(): number {
    return this.count
  }

  get(text: string): V | undefined {
    const found = this.alike.get(lookOf(text))
    if (found === undefined) return undefined
    if (found instanceof Map) return found.get(text)
    return found.text === text ? found.value : undefined
  }

  /** @returns whether the text was not there yet */
  set(text: string, value: V): boolean {
    const look = lookOf(text)
    const found = this.alike.get(look)
    if (found === undefined) this.alike.set(look, { text, value })
    else if (found instanceof Map) {
      const isNew = !found.has(text)
      found.set(text, value)
      if (!isNew) return false
    } else if (found.text === text) {
      found.value = value
      return false
    } else
      this.alike.set(
        look,
        new Map([
          [found.text, found.value],
          [text, value],
        ]),
      )
    this.count += 1
    return true
  }
}

function lookOf(text: string): string {
  if (text.length < LONG) return text
  const middle = text.length >> 1
  return `${text.length}:${text.slice(0, LOOK)}${text.slice(middle, middle + LOOK)}${text.slice(-LOOK)}`
}
