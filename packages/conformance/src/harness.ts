import type { Domain, Storage } from '@freehold/contract'

/** Where a store under test keeps its data: new and empty for every case. */
export interface Place {
  /** Unique; lower-case letters, digits and underscores, at most 20: fit for a database, a schema or a file name. */
  id: string
  /** An empty directory of its own, removed after the case. */
  dir: string
}

export interface OpenOptions {
  /** Bring the schema up to date first; false means: open what is there. */
  migrate: boolean
}

/** What somebody does who reaches around the store, with the database's own tools. */
export type Tampering =
  /** A column of the entry changes; the text that was hashed stays. */
  | { kind: 'change-entry'; stream: string; seq: number }
  /** A column of the entry and the text that was hashed change alike; the hash stays. */
  | { kind: 'change-text'; stream: string; seq: number }
  /** A column, the text and the hash change: the entry by itself is as good as any, only its successor tells. */
  | { kind: 'rewrite-entry'; stream: string; seq: number }
  | { kind: 'remove-entry'; stream: string; seq: number }
  /** The entries at `seq` and `seq + 1` change places. */
  | { kind: 'swap-entries'; stream: string; seq: number }
  /**
   * The entry at `seq` follows what the one before it follows, with a hash that fits: two have one predecessor. Keys that forbid
   * it are dropped first.
   */
  | { kind: 'fork-entry'; stream: string; seq: number }
  /**
   * Every entry after `seq` goes. With `head`, the stored head is set back too; with `checkpoint`, the remembered one
   * goes as well, so that the store alone cannot tell.
   */
  | { kind: 'truncate'; stream: string; seq: number; head: boolean; checkpoint: boolean }
  /** The stored head is set back to the entry at `seq`; the entries after it stay. */
  | { kind: 'set-head'; stream: string; seq: number }
  /** The history of a domain gains a migration named `name`, as if a newer build had applied it. */
  | { kind: 'add-migration'; domain: Domain; name: string }
  /** The checksum of the first migration of a domain becomes another. */
  | { kind: 'change-checksum'; domain: Domain }

/** A case that a store is allowed to fail, and why: counted and printed with every run. */
export interface Excuse {
  case: string
  because: string
}

/** All that a backend says about itself to be proved. */
export interface Harness {
  name: string
  /** Opens the store at `place`. Called several times with one place: connections to the same data. */
  open(place: Place, options: OpenOptions): Promise<Storage>
  /** Does what no store offers, for the default tenant; without it, cases that need it are reported as not run. */
  tamper?(place: Place, tampering: Tampering): Promise<void>
  /** Removes what `open` left outside `place.dir`, such as a database on a server. */
  remove?(place: Place): Promise<void>
  /**
   * `import.meta.url` of a module whose default export is this harness. Other processes import it to open the same
   * place; without it, cases over several processes are reported as not run.
   */
  module?: string
  /** Why `module` or `tamper` is left out on purpose: reported in place of the advice to give it. */
  lacking?: string
  excuses?: readonly Excuse[]
}
