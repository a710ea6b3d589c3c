import type { Problem } from '../errors.js'
import type { Json, Repair } from '../json.js'

/** Deepest nesting that every engine takes (MySQL and BSON stop at 100). */
export const MAX_DEPTH = 64
/** Longest single text in a span, in UTF-16 units; what is longer is cut. */
const MAX_SPAN_TEXT = 262_144
/** Longest key, in UTF-16 units: engines stop at 65,535 bytes. */
const MAX_KEY = 10_000

/** What was found wrong while reading an input. */
export interface Findings {
  problems: Problem[]
  repairs: Repair[]
}

/**
 * `strict` refuses what is not JSON, as a problem. `lenient` keeps the rest and puts something readable in its place,
 * as a repair: for spans, where one odd attribute must not cost the span.
 */
export type Strictness = 'strict' | 'lenient'

/** Most arrays and objects within one value: shared references make a small object a large text. */
const MAX_CONTAINERS = 1_000_000

const PLAIN = { enumerable: true, configurable: true, writable: true }

/**
 * The value as every engine can hold it: a copy, so that what is stored, hashed and shown stays one thing when the caller
 * goes on to change the original. NUL characters and lone surrogates become U+FFFD in both modes.
 */
export function cleanJson(value: unknown, field: string, mode: Strictness, found: Findings): Json {
  return new Cleaner(field, mode, found).clean(value)
}

/** Text without NUL characters and lone surrogates. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

class Cleaner {
  /** The arrays and objects around the value at hand, and the key under which each has the next: never many. */
  private readonly ancestors: object[] = []
  private readonly keys: (string | number)[] = []
  private containers = 0

  constructor(
    private readonly field: string,
    private readonly mode: Strictness,
    private readonly found: Findings,
  ) {}

  clean(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'boolean':
        return value
      case 'number':
        // JSON has no -0.
        if (Number.isFinite(value)) return value === 0 ? 0 : value
        return this.refuse(`${value} is not JSON; use null or a string`, String(value))
      case 'object':
        return value === null ? null : this.container(value)
      default:
        return this.refuse(`${kindOf(value)} is not JSON; leave it out or turn it into a string`, readable(value))
    }
  }

  private text(value: string): string {
    let text = value
    if (text.includes('\0') || !text.isWellFormed()) {
      text = cleanText(text)
      this.repair('NUL characters or lone surrogates were replaced by U+FFFD')
    }
    if (this.mode === 'lenient' && text.length > MAX_SPAN_TEXT) {
      this.repair(`cut from ${text.length} to ${MAX_SPAN_TEXT} characters`)
      text = text.slice(0, MAX_SPAN_TEXT).toWellFormed()
    }
    return text
  }

  private key(key: string): string {
    if (key.length <= MAX_KEY) return this.text(key)
    const found = `the key has ${key.length} characters; at most ${MAX_KEY} are kept`
    if (this.mode === 'strict') this.found.problems.push({ field: this.path(), message: `${found}, shorten it` })
    else this.repair(`${found}; cut`)
    return this.text(key.slice(0, MAX_KEY).toWellFormed())
  }

  private container(value: object): Json {
    if (this.ancestors.includes(value)) return this.refuse('the value contains itself; break the cycle', '[circular]')
    if (this.ancestors.length >= MAX_DEPTH)
      return this.refuse(`nested deeper than ${MAX_DEPTH} levels; flatten it or store it as a string`, '[too deep]')
    if (++this.containers > MAX_CONTAINERS)
      return this.refuse(
        `has more than ${MAX_CONTAINERS} arrays and objects within it; store it elsewhere`,
        '[too large]',
      )
    if (!Array.isArray(value) && !isPlain(value))
      return this.refuse(`${kindOf(value)} is not JSON; turn it into a plain object or a string`, readable(value))
    this.ancestors.push(value)
    const cleaned = Array.isArray(value) ? this.array(value) : this.object(value as Record<string, unknown>)
    this.ancestors.pop()
    return cleaned
  }

  private array(value: unknown[]): Json {
    const depth = this.keys.push(0) - 1
    const copy: Json[] = []
    for (let i = 0; i < value.length; i++) {
      this.keys[depth] = i
      copy.push(this.clean(value[i]))
    }
    this.keys.pop()
    return copy
  }

  private object(value: Record<string, unknown>): Json {
    const depth = this.keys.push('') - 1
    const copy: Record<string, Json> = {}
    for (const key of Object.keys(value)) {
      const child = value[key]
      if (child === undefined) continue
      this.keys[depth] = key
      const name = this.key(key)
      const cleaned = this.clean(child)
      if (name === '__proto__') Object.defineProperty(copy, name, { ...PLAIN, value: cleaned })
      else copy[name] = cleaned
    }
    this.keys.pop()
    return copy
  }

  private refuse(reason: string, instead: Json): Json {
    if (this.mode === 'lenient') this.repair(`${reason}; replaced`)
    else this.found.problems.push({ field: this.path(), message: reason })
    return instead
  }

  private repair(reason: string): void {
    this.found.repairs.push({ field: this.path(), reason })
  }

  private path(): string {
    return cleanText(this.field) + this.keys.map(stepText).join('')
  }
}

function stepText(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(cleanText(key).slice(0, 100))}]`
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** The shape of a value, for messages: never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return value === '' ? 'an empty string' : `a string of ${value.length} characters`
    case 'number':
      return Number.isNaN(value) ? 'NaN' : 'a number'
    case 'object':
      return `a ${classOf(value)}`.replace('a Object', 'an object')
    default:
      return `a ${typeof value}`
  }
}

/** From the prototype: a property named `constructor` would be the caller's data. */
function classOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && /^\w{1,40}$/.test(name) ? name : 'Object'
}

function readable(value: unknown): Json {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Error) return `${value.name}: ${cleanText(value.message).slice(0, MAX_SPAN_TEXT)}`
  return `[${kindOf(value)}]`
}
