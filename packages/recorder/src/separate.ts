import type { Aside } from './aside.js'
import type { Entry } from './deliver.js'

/** Failures in a row that halving explains: a batch of 10,000 has 15 sizes. After more, the database may be away. */
const STREAK = 20

/**
 * Writes entries, which leave the queue then. Resolves to whether any of them was kept now: what was rejected or kept before
 * says nothing about the database, which was not asked to write. @throws what a later try may mend
 */
export type Attempt<T> = (entries: readonly Entry<T>[]) => Promise<boolean>

interface Among<T> {
  /** What failed together, again and again: at least two. */
  entries: readonly Entry<T>[]
  /** How often. */
  failures: number
  aside: Aside<T>
  /** The newest entries that wait elsewhere, at most `count`. */
  elsewhere: (count: number) => readonly Entry<T>[]
}

/**
 * Writes what can be written of `entries`, and sets aside what fails alone.
 *
 * First one entry is written by itself, another one each time, and every second time the newest there is: when it fails too,
 * the database is taken to be away, and nothing else is tried. Otherwise something is wrong with the entries, and they are
 * halved until what is bad stands alone.
 *
 * @throws what a later try may mend; what has not left the queue by then is to be written again.
 */
export async function separate<T>(attempt: Attempt<T>, among: Among<T>): Promise<void> {
  const { entries, failures, aside, elsewhere } = among
  let rest = entries
  for (let isThere = false; !isThere; ) {
    const newest = failures % 2 === 0 ? (elsewhere(1)[0] ?? rest.at(-1)) : undefined
    const probe = newest ?? rest[failures % rest.length]
    if (probe === undefined) return
    isThere = await attempt([probe])
    rest = rest.filter((entry) => entry !== probe)
  }
  aside.keep(elsewhere(aside.wanted))
  const witnesses = rest.slice(1, 1 + Math.min(aside.wanted, rest.length >> 1))
  aside.keep(witnesses)
  rest = rest.filter((entry) => !witnesses.includes(entry))
  let streak = 0

  async function halve(part: readonly Entry<T>[]): Promise<void> {
    try {
      if (await attempt(part)) streak = 0
      return
    } catch (error) {
      if (++streak > STREAK) await testify(error)
      if (part.length === 1) aside.suspect(part[0]!, error as Error)
    }
    if (part.length === 1) return
    const middle = part.length >> 1
    await halve(part.slice(0, middle))
    await halve(part.slice(middle))
  }

  async function testify(error: unknown): Promise<void> {
    for (let isThere = false; !isThere; ) {
      const witness = elsewhere(1)[0] ?? aside.takeWitness()
      if (witness === undefined) throw error
      isThere = await attempt([witness])
    }
    streak = 0
  }

  if (rest.length > 0) await halve(rest)
  // When nothing is suspected, what is bad is among the witnesses.
  while (aside.isUndecided || aside.suspects.length === 0) {
    const witness = aside.takeWitness()
    if (witness === undefined) return
    await halve([witness])
  }
}
