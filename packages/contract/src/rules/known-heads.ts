/** How many heads a process remembers. */
const MOST = 10_000

export interface HeadMove<H> {
  name: string
  /** As it was read, or as it was taken. */
  before: H
  after: H
}

/**
 * What counts what was appended to something, such as the head of a chain, as this process left it. Where nobody else
 * appends, it is still so, and need not be read and locked before it is moved: that is a round trip less.
 */
export class KnownHeads<H> {
  private readonly heads = new Map<string, { head: H; alone: boolean }>()

  constructor(private readonly same: (one: H, other: H) => boolean) {}

  /** The heads of these names, forgotten until they have moved; `undefined` where somebody else may have moved one. */
  take(tenant: string, names: readonly string[]): H[] | undefined {
    const keys = names.map((name) => keyOf(tenant, name))
    const known = keys.map((key) => this.heads.get(key))
    if (!known.every((one) => one?.alone)) return undefined
    for (const key of keys) this.heads.delete(key)
    return known.map((one) => one!.head)
  }

  /** @param taken whether what was before had been taken, and not read */
  keep(tenant: string, moves: readonly HeadMove<H>[], taken: boolean): void {
    if (this.heads.size > MOST) this.heads.clear()
    for (const { name, before, after } of moves) {
      const key = keyOf(tenant, name)
      const left = this.heads.get(key)
      this.heads.set(key, { head: after, alone: taken || (left !== undefined && this.same(left.head, before)) })
    }
  }
}

/** No id has a NUL character. */
function keyOf(tenant: string, name: string): string {
  return `${tenant}\0${name}`
}
