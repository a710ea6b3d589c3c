/** Most arrays and objects of the values of one call: shared references make a small object a large text. */
const MAX_CONTAINERS = 1_000_000
/** Most items and keys of them, and most UTF-16 units of texts and keys: more than any record may have, and little enough to walk. */
const MAX_ITEMS = 8_388_608
const MAX_UNITS = 33_554_432
/** How many values may be given up, and the others still have all the room: each may be as much to walk. */
const MAX_GIVEN_BACK = 8

/** What made a value too large: `most` says how much is kept of what. */
export class TooLarge {
  constructor(readonly most: string) {}
}

/**
 * How much there may be in all the values of one call, which may share what they hold: each of them alone would be little
 * to walk and little to keep, and a thousand of them more than a process has.
 */
export class JsonBudget {
  private containers = 0
  private items = 0
  private units = 0
  private givenBack = 0

  /** @throws TooLarge as do the others */
  container(): void {
    if (++this.containers > MAX_CONTAINERS) throw new TooLarge(`${MAX_CONTAINERS} arrays and objects`)
  }

  /** Items of an array or keys of an object, before they are walked. */
  members(more: number): void {
    if (this.items + more > MAX_ITEMS) throw new TooLarge(`${MAX_ITEMS} items and keys`)
    this.items += more
  }

  /** UTF-16 units. */
  text(more: number): void {
    if (this.units + more > MAX_UNITS) throw new TooLarge(`${MAX_UNITS} characters`)
    this.units += more
  }

  /** Gives back what is used from here on, when it turns out that nothing of it is kept. */
  mark(): () => void {
    const { containers, items, units } = this
    return () => {
      if (++this.givenBack <= MAX_GIVEN_BACK) Object.assign(this, { containers, items, units })
    }
  }
}
