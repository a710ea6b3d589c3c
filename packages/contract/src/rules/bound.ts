import type { Json } from '../json.js'
import { argsHash } from './canonical.js'
import { isJsonObject } from './fields-json.js'

/**
 * The hash of the arguments, or of those of their top-level fields that bind. What has no fields is hashed whole: that is never
 * the hash of some fields.
 */
export function boundHash(args: Json | undefined, bind: readonly string[] | undefined): string {
  if (bind === undefined || !isJsonObject(args)) return argsHash(args)
  return argsHash(
    Object.fromEntries(bind.flatMap((field) => (Object.hasOwn(args, field) ? [[field, args[field]!]] : []))),
  )
}
