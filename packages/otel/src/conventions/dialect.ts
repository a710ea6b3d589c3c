import type { Owners, SpanDetails, SpanKind } from '@freehold/contract'

export const SPAN_NAME = Symbol('the name of the span')

/** One place where a dialect keeps a value. */
export type Source =
  /** An attribute of the span. */
  | string
  /** An attribute of the span that holds seconds, where our field has milliseconds. */
  | { seconds: string }
  /** Numbered attributes, such as `gen_ai.prompt.0.role`: read as a list of objects, or of what stands under `item` in each. */
  | { numbered: string; item?: string }
  /** The sum of these counts within the JSON of an attribute, where the first of them is there; a `*` at the end stands for any. */
  | { json: string; sum: readonly string[] }
  /** A value within the JSON that is the text of an attribute: the names on the way to it. Without any, the JSON itself. */
  | { json: string; at: readonly string[] }
  /** The name of the span. */
  | typeof SPAN_NAME
  /** An attribute of the first event of this name that has it. */
  | { event: string; attribute: string }
  /** The same of events that each tell a part of the messages, which are put together behind instructions under another attribute. */
  | { details: readonly string[]; attribute: string; instructions?: string }
  /**
   * Events that are one message each: read as a list of their attributes, in order, without this beginning of their names. What
   * is JSON `within` these attributes stands in their place.
   */
  | { messages: readonly string[]; strip?: string; within?: readonly string[] }
  /** The same of a list of events that is the JSON of an attribute: each has its name as `event.name`. */
  | { json: string; messages: readonly string[]; within: readonly string[] }

/** Where the fields of `T` are found, first present wins: the current name of an attribute before its old ones. */
type Sources<T> = { readonly [F in keyof T]?: readonly Source[] }

/** A test for the kind of a span. The first rule that answers decides. */
type KindRule =
  /**
   * An attribute that names the operation, or the name of the span. Only the first word of a value counts. `prefix` ignores values
   * of other writers, `roots` tells what a span without a parent is instead, and `closed` that a value which is not listed is
   * `other`: the dialect spoke, and nothing must guess against it.
   */
  | {
      operation: string | typeof SPAN_NAME
      kinds: Readonly<Record<string, SpanKind>>
      roots?: Readonly<Record<string, SpanKind>>
      prefix?: string
      closed?: true
    }
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
  /** Where the sum of all tokens of a call is found: it tells whether cached ones are among those of the prompt. */
  totalTokens?: readonly Source[]
  /** Its names are so common that they say something by it alone. */
  own?: true
  /** The tokens of the prompt are always told without those that were cached. */
  cachedApart?: true
  /** An attribute that says that the span failed, beside its status, and where the message is. */
  failure?: { attribute: string; is: string; message: string }
}
