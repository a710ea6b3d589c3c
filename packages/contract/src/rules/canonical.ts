import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Json } from '../json.js'

/** The one text of a JSON value: keys sorted, numbers as ECMAScript writes them (RFC 8785). `undefined` is `null`. */
export function canonicalJson(value: Json | undefined): string {
  return canonicalize(value ?? null) as string
}

/** SHA-256 in lower-case hex. */
export function sha256(text: string): string {
  return hash('sha256', text)
}

/** SHA-256 of the canonical text: equal for equal arguments, whatever the order of their keys. */
export function argsHash(args: Json | undefined): string {
  return sha256(canonicalJson(args))
}
