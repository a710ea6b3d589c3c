/**
 * A JSON value. A property that is `undefined` is absent. NaN and the infinities are not JSON and are refused.
 *
 * NUL characters and lone surrogates, which some databases cannot hold, are replaced by U+FFFD in that value alone,
 * and the row says so in `repairs`.
 *
 * - a record that becomes larger than 12 MiB is refused as invalid by its field and what fits is kept whole
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json | undefined }

/** One value that was changed so that it could be stored. */
export interface Repair {
  /** Path of the value, such as `attributes["input.value"]`. */
  field: string
  /** What was wrong with it, and what stands there now. */
  reason: string
}
