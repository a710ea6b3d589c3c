import type { Owners, SpanDetails, SpanKind } from '@freehold/contract'

/** One place where a dialect keeps a value. */
export type Source =
  /** An attribute of the span. */
  | string
  /** An attribute of the span that holds seconds, where our field has milliseconds. */
  | { seconds: string }
  /** Numbered attributes, such as `gen_ai.prompt.0.role`: read as a list of objects. */
  | { numbered: string }
  /** An attribute of the first event of this name. */
  | { event: string; attribute: string }
  /** Events that are one message each: read as a list of their attributes, in order. */
  | { messages: readonly string[] }

/** Where the fields of `T` are found, first present wins: the current name of an attribute before its old ones. */
type Sources<T> = { readonly [F in keyof T]?: readonly Source[] }

/** A test for the kind of a span. The first rule that answers decides. */
type KindRule =
  /**
   * An attribute that names the operation. A value that is not listed is `other`: the dialect spoke, and later fallbacks
   * must not guess against it. `prefix` ignores values of other writers; only the first word of a value counts.
   */
  | { operation: string; kinds: Readonly<Record<string, SpanKind>>; prefix?: string }
  /** At least one attribute of each group is present, and none of `without`. */
  | { has: readonly (readonly string[])[]; without?: readonly string[]; kind: SpanKind }

/** The rows of one semantic convention. */
export interface Dialect {
  name: string
  /** The versions of the convention that the rows were read from. */
  version: string
  /** What says the kind outright. */
  kinds: readonly KindRule[]
  /** What suggests a kind where no dialect says one. */
  fallbacks: readonly KindRule[]
  owners: Sources<Owners>
  payload: Sources<{ input: unknown; output: unknown }>
  details: { readonly [K in Exclude<SpanKind, 'other'>]?: Sources<SpanDetails[K]> }
}
