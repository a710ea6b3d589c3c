import type { Domain, Timestamp } from '@freehold/contract'
import type { Erasure } from '../sealing/key-store.js'

/** What a user's rows are, and in which domain. */
export const ERASED_TABLES = {
  approvals: 'approvals',
  traces: 'traces',
  spans: 'traces',
  sessions: 'sessions',
  runs: 'sessions',
  audit: 'audit',
} as const satisfies Record<string, Domain>
export type ErasedTable = keyof typeof ERASED_TABLES

/** How many rows of one table this call removed, and how many of the user are still there. */
export interface TableErasure {
  domain: Domain
  table: ErasedTable
  removed: number
  kept: number
}

/** Rows that were kept for one reason. */
export interface KeptRows {
  table: ErasedTable
  count: number
  /** Of the first 100 of them; none of spans and runs that are kept with their traces and sessions, nor of entries of the audit. */
  ids: string[]
  why: string
  /** True where the same call, made again later, may remove them. */
  retryable: boolean
}

/** What became of the rows of a user. */
export interface UserErasure {
  /** Of the erasure: the entries of the audit that tell of it have it in their data. */
  id: string
  userId: string
  by: string
  reason?: string
  /** When this call began. */
  at: Timestamp
  /** True when a later call would remove nothing more; not that nothing of the user is left. */
  complete: boolean
  tables: TableErasure[]
  kept: KeptRows[]
  /** That the key of the user was destroyed, by this call or before; absent where nothing of theirs was sealed. */
  sealed?: Erasure
}

/** Most ids that are named of one reason. */
const MOST_NAMED = 100

/** Counts what is removed and kept, each row once. */
export class Tally {
  readonly #removed = new Map<ErasedTable, number>()
  readonly #kept = new Map<string, KeptRows>()
  /** Rows that are kept, by their names: a trace may be met by its session, its run and its user. */
  readonly #named = new Set<string>()

  remove(table: ErasedTable, count = 1): void {
    this.#removed.set(table, (this.#removed.get(table) ?? 0) + count)
  }

  /** @param within the rows that are kept with it, such as the spans of a trace */
  keep(table: ErasedTable, id: string, why: string, retryable = false, within?: [ErasedTable, number]): void {
    const name = `${table} ${id}`
    if (this.#named.has(name)) return
    this.#named.add(name)
    const group = this.#group(table, why, retryable)
    group.count += 1
    if (group.ids.length < MOST_NAMED) group.ids.push(id)
    if (within !== undefined && within[1] > 0) this.#group(within[0], why, retryable).count += within[1]
  }

  keepAll(table: ErasedTable, count: number, why: string): void {
    if (count > 0) this.#group(table, why, false).count += count
  }

  get removed(): number {
    return [...this.#removed.values()].reduce((sum, count) => sum + count, 0)
  }

  get kept(): KeptRows[] {
    return [...this.#kept.values()]
  }

  get tables(): TableErasure[] {
    return Object.entries(ERASED_TABLES).map(([name, domain]) => {
      const table = name as ErasedTable
      const kept = this.kept.filter((group) => group.table === table).reduce((sum, { count }) => sum + count, 0)
      return { domain, table, removed: this.#removed.get(table) ?? 0, kept }
    })
  }

  #group(table: ErasedTable, why: string, retryable: boolean): KeptRows {
    const name = `${table} ${why}`
    const group = this.#kept.get(name) ?? { table, count: 0, ids: [], why, retryable }
    this.#kept.set(name, group)
    return group
  }
}
