import type { Problem } from '../errors.js'
import type { Json, Repair } from '../json.js'
import { isKeptKey, keptNames, MAX_KEY, repairedKey } from './clean-keys.js'
import { JsonBudget, TooLarge } from './json-budget.js'
import { kindOf } from './kind-of.js'
import { hasToJson, isAllShown, isPlain, ownJson, readable, whyNotJson } from './own-json.js'
import { MAX_REPAIRS, othersOf } from './repairs.js'
import { cleanText, cutText, isStorable, shownName } from './text.js'

/** Deepest nesting that every engine takes (MySQL and BSON stop at 100). */
export const MAX_DEPTH = 64
/** Longest single text in a span, in UTF-16 units; what is longer is cut. */
export const MAX_SPAN_TEXT = 262_144

/** What was found wrong while reading an input. */
export interface Findings {
  problems: Problem[]
  repairs: Repair[]
  /** What the values of one call may have together; without it, each value has its own. */
  budget?: JsonBudget
}

/**
 * `strict` refuses what is not JSON, as a problem. `exact` refuses NUL characters and lone surrogates too, and what JSON would
 * leave out, such as what is inherited: for what is hashed or compared, and so must be what was given. `lenient` keeps the rest and puts something readable in its place, as a repair:
 * for spans, where one odd attribute must not cost the span.
 */
export type Strictness = 'exact' | 'strict' | 'lenient'

/** Most problems that are told of one value. */
const MAX_PROBLEMS = 100

const PLAIN = { enumerable: true, configurable: true, writable: true }

/**
 * The value as every engine can hold it: a copy, so that what is stored, hashed and shown stays one thing when the caller
 * goes on to change the original. NUL characters and lone surrogates become U+FFFD, unless the mode is `exact`.
 */
export function cleanJson(value: unknown, field: string, mode: Strictness, found: Findings): Json {
  const budget = found.budget ?? new JsonBudget()
  const giveBack = budget.mark()
  const repairs = found.repairs.length
  try {
    return new Cleaner(field, mode, found, budget).clean(value)
  } catch (error) {
    giveBack()
    // Those of what is not kept.
    found.repairs.length = repairs
    const isLarge = error instanceof TooLarge
    // Else a getter that throws, or a proxy that was revoked: what it threw may hold anything.
    const [reason, remedy, instead] = isLarge
      ? [`has, with what was given before it, more than ${error.most}`, 'store it elsewhere', '[too large]']
      : ['cannot be read: something within it throws', 'give plain JSON', '[unreadable]']
    if (mode === 'lenient') found.repairs.push({ field: cleanText(field), reason: `${reason}; replaced` })
    else found.problems.push({ field: cleanText(field), message: `${reason}; ${remedy}` })
    return instead
  }
}

class Cleaner {
  /** The arrays and objects around the value at hand, and the key under which each has the next: never many. */
  private readonly ancestors: object[] = []
  private readonly keys: (string | number)[] = []
  private problems = 0
  private repairs = 0

  constructor(
    private readonly field: string,
    private readonly mode: Strictness,
    private readonly found: Findings,
    private readonly budget: JsonBudget,
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
    // First, so that what is not kept costs nothing.
    if (this.mode === 'lenient' && text.length > MAX_SPAN_TEXT) {
      this.repair(`cut from ${text.length} to ${MAX_SPAN_TEXT} characters`)
      text = cutText(text, MAX_SPAN_TEXT)
    }
    this.budget.text(text.length)
    if (!isStorable(text)) {
      text = cleanText(text)
      this.unstorable()
    }
    return text
  }

  private unstorable(): void {
    if (this.mode === 'exact') this.problem('has a NUL character or a lone surrogate; take it out or encode it')
    else this.repair('NUL characters or lone surrogates were replaced by U+FFFD')
  }

  /** What there is to say of a key that is not kept as given. */
  private oddKey(key: string, name: string): void {
    if (!isStorable(key)) this.unstorable()
    if (key.length > MAX_KEY) {
      const found = `the key has ${key.length} characters; at most ${MAX_KEY} are kept`
      if (this.mode === 'lenient') this.repair(`${found}; cut`)
      else this.problem(`${found}, shorten it`)
    }
    if (name !== repairedKey(key) && this.mode !== 'exact')
      this.repair('the key was numbered, because another has the name that it was repaired to')
  }

  private container(value: object): Json {
    if (this.ancestors.includes(value)) return this.refuse('the value contains itself; break the cycle', '[circular]')
    if (this.ancestors.length >= MAX_DEPTH)
      return this.refuse(`nested deeper than ${MAX_DEPTH} levels; flatten it or store it as a string`, '[too deep]')
    this.budget.container()
    if (Array.isArray(value)) this.budget.members(value.length)
    if (this.mode === 'exact' && (Array.isArray(value) || isPlain(value)) && !isAllShown(value))
      return this.refuse(
        'has what JSON leaves out, such as hidden or computed properties; give plain JSON',
        '[not plain]',
      )
    this.ancestors.push(value)
    const cleaned = Array.isArray(value) ? this.array(value) : this.object(value as Record<string, unknown>)
    this.ancestors.pop()
    return cleaned
  }

  private array(value: unknown[]): Json {
    const depth = this.keys.push(0) - 1
    const copy: Json[] = []
    for (let i = 0; i < value.length && this.problems < MAX_PROBLEMS; i++) {
      this.keys[depth] = i
      const item: unknown = value[i]
      // As `JSON.stringify` has it: an array has no place that is absent.
      copy.push(item === undefined && this.mode === 'lenient' ? null : this.clean(item))
    }
    this.keys.pop()
    return copy
  }

  private object(value: object): Json {
    const isLenient = this.mode === 'lenient'
    if (isPlain(value) && !(isLenient && hasToJson(value))) return this.properties(value as Record<string, unknown>)
    const own = isLenient ? ownJson(value) : undefined
    if (own === undefined) return this.refuse(whyNotJson(value), readable(value))
    if (typeof own.json !== 'object' || own.json === null) return this.clean(own.json ?? null)
    if (Array.isArray(own.json)) {
      this.budget.members(own.json.length)
      return this.array(own.json)
    }
    return this.properties(own.json as Record<string, unknown>)
  }

  private properties(given: Record<string, unknown>): Json {
    let keys = Object.keys(given)
    this.budget.members(keys.length)
    for (const key of keys) this.budget.text(key.length)
    if (keys.every(isKeptKey)) return this.named(given, keys)
    // Read once: a key whose value is absent takes no name from another.
    const value = Object.fromEntries(keys.map((key) => [key, given[key]]).filter(([, child]) => child !== undefined))
    keys = Object.keys(value)
    return this.named(value, keys, keptNames(keys))
  }

  private named(
    value: Record<string, unknown>,
    keys: readonly string[],
    names?: ReadonlyMap<string, string>,
  ): Record<string, Json> {
    const depth = this.keys.push('') - 1
    const copy: Record<string, Json> = {}
    for (const key of keys) {
      if (this.problems >= MAX_PROBLEMS) break
      const child = value[key]
      if (child === undefined) continue
      const name = names?.get(key) ?? key
      this.keys[depth] = name
      if (names !== undefined && !isKeptKey(key)) this.oddKey(key, name)
      const cleaned = this.clean(child)
      if (name === '__proto__') Object.defineProperty(copy, name, { ...PLAIN, value: cleaned })
      else copy[name] = cleaned
    }
    this.keys.pop()
    return copy
  }

  private refuse(reason: string, instead: string): Json {
    if (this.mode !== 'lenient') {
      this.problem(reason)
      return instead
    }
    this.repair(`${reason}; replaced`)
    // It may be as long as the message of an error is.
    return this.text(instead)
  }

  private problem(message: string): void {
    this.problems += 1
    this.found.problems.push({ field: this.path(), message })
  }

  private repair(reason: string): void {
    this.repairs += 1
    if (this.repairs <= MAX_REPAIRS) this.found.repairs.push({ field: this.path(), reason })
    else if (this.repairs === MAX_REPAIRS + 1) this.found.repairs.push(othersOf(cleanText(this.field)))
  }

  private path(): string {
    return cleanText(this.field) + this.keys.map(stepText).join('')
  }
}

function stepText(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]{0,99}$/.test(key) ? `.${key}` : `[${JSON.stringify(shownName(key))}]`
}
