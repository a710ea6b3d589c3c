import { type Problem, StoreError } from '../errors.js'
import { MAX_ID_BYTES } from '../ids.js'
import type { Json, JsonObject, Repair } from '../json.js'
import { fromMicroseconds, MAX_TIMESTAMP, type Timestamp, toMicroseconds } from '../time.js'
import { cleanJson, type Findings, type Strictness } from './clean-json.js'
import { isJsonObject, jsonBytes, NO_TEXT, whyNoObject } from './fields-json.js'
import { outside, unsigned } from './fields-number.js'
import { isArray, isGiven, readSource, shownKind, UNREADABLE } from './fields-source.js'
import { JsonBudget } from './json-budget.js'
import { cleanText, cutText, isStorable, shownName } from './text.js'

/** Longest name, such as a tool's or a model's, in UTF-16 units. */
export const MAX_NAME = 255
/** Longest free text, such as a reason or an error message, in UTF-16 units. */
export const MAX_TEXT = 10_000
/** Most JSON of one strict input, in bytes: what every engine takes in one statement or document. */
const MAX_JSON = 8_388_608
/** Seconds since 1970 are less than this for some thousand years, milliseconds since March 1973 are more. */
export const LIKE_SECONDS = 100_000_000_000
/** Most problems that are told of one input. */
const MAX_PROBLEMS = 100
const UNSTORABLE = 'has a NUL character or a lone surrogate, which cannot be kept as given; take it out or encode it'

/**
 * Reads the fields of an untrusted object one by one, and gathers everything that is wrong with it: the caller of a store
 * hears of all problems at once, each by its path.
 */
export class Fields implements Findings {
  readonly problems: Problem[] = []
  readonly repairs: Repair[] = []
  /** Of the JSON that was read, but for that of spans. */
  bytes = 0
  /** Shared with the fields of which these are a part. */
  budget = new JsonBudget()
  private readonly source: Readonly<Record<string, unknown>> = {}

  constructor(
    private readonly what: string,
    input: unknown,
    known: readonly string[],
    private readonly mode: Strictness = 'strict',
    private readonly prefix = '',
    /** Fields that `null` clears; elsewhere `null` is refused where it could be taken for "no limit". */
    clearable: readonly string[] = [],
  ) {
    const source = readSource(input, known)
    if (typeof source === 'string') {
      this.problems.push({ field: prefix || what, message: source })
      return
    }
    this.source = source.values
    for (const field of source.unreadable) this.problem(field, UNREADABLE)
    for (const key of source.names) {
      if (this.isFull) return
      if (known.includes(key)) {
        if (this.source[key] === null && mode !== 'lenient' && !clearable.includes(key))
          this.problem(key, 'is null; leave it out')
      } else if (isGiven(input as object, key)) {
        this.problem(shownName(key), `is not a field of ${what}; the fields are ${known.join(', ')}`)
      }
    }
  }

  /** True when as many problems were found as are told. */
  get isFull(): boolean {
    return this.problems.length >= MAX_PROBLEMS
  }

  has(field: string): boolean {
    return this.source[field] !== undefined
  }

  /** True where `null` was given: the field is to be cleared. */
  clears(field: string): boolean {
    return this.source[field] === null
  }

  raw(field: string): unknown {
    return this.source[field]
  }

  problem(field: string, message: string): undefined {
    if (!this.isFull) this.problems.push({ field: this.pathOf(field), message })
    return undefined
  }

  /** Takes over what was found in a part of the input, one by one: `push` of very many at once is more than a stack holds. */
  take({ problems, repairs }: Findings): void {
    for (const problem of problems) if (!this.isFull) this.problems.push(problem)
    for (const repair of repairs) this.repairs.push(repair)
  }

  wrong(field: string, value: unknown, remedy: string): undefined {
    return this.problem(field, `is ${shownKind(value)}; ${remedy}`)
  }

  repair(field: string, reason: string): void {
    this.repairs.push({ field: this.pathOf(field), reason })
  }

  private pathOf(field: string): string {
    return this.prefix === '' ? field : `${this.prefix}.${field}`
  }

  required<T>(field: string, value: T | undefined, remedy: string): T {
    if (value !== undefined) return value
    const told = this.problems.find((problem) => problem.field === this.pathOf(field))
    if (told === undefined) this.problem(field, `is missing; ${remedy}`)
    // To leave it out is no remedy here.
    else if (this.clears(field)) told.message = `is null; ${remedy}`
    return value as T
  }

  id(field: string): string | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || value === '') return this.wrong(field, value, 'give a text')
    if (!isStorable(value))
      return this.problem(field, 'has a NUL character or a lone surrogate; an id must be plain text')
    const bytes = Buffer.byteLength(value)
    if (bytes > MAX_ID_BYTES)
      return this.problem(field, `has ${bytes} bytes; an id has at most ${MAX_ID_BYTES}, use its hash if it is longer`)
    return value
  }

  /** Lower-case hex of a W3C trace or span id. */
  hex(field: string, digits: number): string | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') return this.wrong(field, value, `give ${digits} hex digits`)
    const id = value.toLowerCase()
    if (id.length !== digits || !/^[0-9a-f]+$/.test(id) || /^0+$/.test(id))
      return this.wrong(field, value, `give ${digits} hex digits that are not all zero`)
    return id
  }

  /** SHA-256 in lower-case hex, or the 64 zeros of a chain's beginning. */
  hash(field: string): string | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
    return this.wrong(field, value, 'give 64 hex digits')
  }

  text(field: string, max = MAX_TEXT, mode = this.mode): string | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') return this.wrong(field, value, 'give a text')
    let text = value
    if (!isStorable(text)) {
      if (mode === 'exact') return this.problem(field, UNSTORABLE)
      text = cleanText(text)
      this.repair(field, 'NUL characters or lone surrogates were replaced by U+FFFD')
    }
    if (text.length > max) {
      if (mode !== 'lenient')
        return this.problem(field, `has ${text.length} characters; at most ${max} are kept, shorten it`)
      this.repair(field, `cut from ${text.length} to ${max} characters`)
      text = cutText(text, max)
    }
    return text
  }

  name(field: string, mode = this.mode): string | undefined {
    return this.text(field, MAX_NAME, mode)
  }

  time(field: string): Timestamp | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number' || !(value >= 0 && value <= MAX_TIMESTAMP))
      return this.wrong(field, value, `give milliseconds since 1970, up to ${MAX_TIMESTAMP}`)
    if (this.mode === 'lenient' && value < LIKE_SECONDS)
      this.repair(field, 'lies before March 1973, as a time in seconds would; kept as it came, in milliseconds')
    return fromMicroseconds(toMicroseconds(value))
  }

  integer(field: string, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
      return this.problem(field, `is ${outside(value, min, max)}; give a whole number from ${min} to ${max}`)
    return unsigned(value as number)
  }

  number(field: string): number | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (!Number.isFinite(value)) return this.wrong(field, value, 'give a finite number')
    return unsigned(value as number)
  }

  flag(field: string): boolean | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    return typeof value === 'boolean' ? value : this.wrong(field, value, 'give true or false')
  }

  choice<T extends string>(field: string, values: readonly T[]): T | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (!values.includes(value as T)) return this.wrong(field, value, `give one of ${values.join(', ')}`)
    return value as T
  }

  json(field: string, mode = this.mode): Json | undefined {
    const value = this.source[field]
    if (value === undefined) return undefined
    const found: Findings = { problems: [], repairs: [], budget: this.budget }
    const json = cleanJson(value, this.pathOf(field), mode, found)
    this.take(found)
    if (mode === 'lenient') return json
    const bytes = jsonBytes(json)
    this.bytes += bytes
    if (bytes === NO_TEXT) return this.problem(field, `is too large; keep at most ${MAX_JSON} bytes, refer to the rest`)
    if (this.bytes > MAX_JSON)
      this.problem(field, `makes ${this.bytes} bytes of JSON in one call; keep at most ${MAX_JSON}, refer to the rest`)
    return json
  }

  /** In a span, what is an object and does not become one, such as a Map or a Date, is left out; elsewhere its JSON has a problem. */
  object(field: string): JsonObject | undefined {
    const value = this.source[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'object' || isArray(value)) return this.wrong(field, value, 'give an object')
    const before = this.repairs.length
    const json = this.json(field)
    if (isJsonObject(json)) return json
    if (this.mode === 'lenient')
      this.repair(field, `${whyNoObject(json, this.pathOf(field), this.repairs.splice(before))}; left out`)
    return undefined
  }

  /** @throws StoreError `invalid`, with every problem found. */
  done(): void {
    if (this.problems.length > 0) throw StoreError.invalid(this.what, this.problems)
  }

  /** `{ repairs }` if there are any: spread into the row. */
  marks(): { repairs?: Repair[] } {
    return this.repairs.length === 0 ? {} : { repairs: this.repairs }
  }
}

/** Leaves out properties that are `undefined`, so that what is absent is absent. A copy: deleting makes objects slow. */
export function compact<T extends object>(value: T): T {
  const copy = {} as T
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] !== undefined) copy[key] = value[key]
  return copy
}
