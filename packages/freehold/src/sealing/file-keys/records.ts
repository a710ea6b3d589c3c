import type { Erasure, Hold, Release, Subject } from '../key-store.js'

/** One thing that was decided. What comes first counts: a fact that those before it do not allow changes nothing. */
export type Fact =
  /** A subject is to be erased: nobody gets its key any more. */
  | { kind: 'erase'; erasure: Erasure }
  /** No hold forbids it: the key may be destroyed. */
  | { kind: 'allow'; tenant: string; id: string }
  /** A hold of before forbids it: the subject is as it was. */
  | { kind: 'withdraw'; tenant: string; id: string }
  /** The audit tells of it. */
  | { kind: 'confirm'; tenant: string; id: string }
  | { kind: 'hold'; hold: Hold }
  | { kind: 'release'; release: Release }

export interface ErasureRecord {
  erasure: Erasure
  /** Its place among the facts. */
  place: number
  allowed: boolean
  confirmed: boolean
}

export interface HoldRecord {
  hold: Hold
  place: number
  release?: Release
}

/** What follows from the facts so far. */
export class Records {
  #count = 0
  readonly #erasures = new Map<string, ErasureRecord>()
  readonly #erasuresById = new Map<string, ErasureRecord>()
  readonly #holds = new Map<string, HoldRecord>()

  /** How many facts there are. */
  get count(): number {
    return this.#count
  }

  add(fact: Fact): void {
    const place = this.#count++
    if (fact.kind === 'hold') {
      const { hold } = fact
      if (this.holdOf(hold.tenant, hold.id) === undefined) this.#holds.set(keyOf(hold.tenant, hold.id), { hold, place })
    } else if (fact.kind === 'release') {
      const held = this.holdOf(fact.release.tenant, fact.release.id)
      if (held !== undefined) held.release ??= fact.release
    } else if (fact.kind === 'erase') {
      const { erasure } = fact
      if (this.erasureOf(erasure) !== undefined) return
      const record = { erasure, place, allowed: false, confirmed: false }
      this.#erasures.set(keyOf(erasure.tenant, erasure.subject), record)
      this.#erasuresById.set(keyOf(erasure.tenant, erasure.id), record)
    } else this.#change(fact)
  }

  erasureOf({ tenant, subject }: Subject): ErasureRecord | undefined {
    return this.#erasures.get(keyOf(tenant, subject))
  }

  erasures(tenant: string): ErasureRecord[] {
    return [...this.#erasures.values()].filter(({ erasure }) => erasure.tenant === tenant)
  }

  holdOf(tenant: string, id: string): HoldRecord | undefined {
    return this.#holds.get(keyOf(tenant, id))
  }

  /** Those that are in force, in the order they came. */
  holds(tenant: string): HoldRecord[] {
    return [...this.#holds.values()].filter(({ hold, release }) => hold.tenant === tenant && release === undefined)
  }

  #change({ kind, tenant, id }: Exclude<Fact, { kind: 'hold' | 'release' | 'erase' }>): void {
    const record = this.#erasuresById.get(keyOf(tenant, id))
    if (record === undefined) return
    if (kind === 'allow') record.allowed = true
    else if (kind === 'confirm') record.confirmed = true
    else if (!record.allowed) {
      this.#erasures.delete(keyOf(tenant, record.erasure.subject))
      this.#erasuresById.delete(keyOf(tenant, id))
    }
  }
}

function keyOf(tenant: string, id: string): string {
  return JSON.stringify([tenant, id])
}
