import { inspect } from 'node:util'
import { NOT_JSON, type Timestamp } from '@freehold/contract'

declare const PERSONAL: unique symbol

/** A value that is about a subject, and is sealed where it is appended. */
export type Personal<Value = unknown> = { readonly [PERSONAL]: Value }

/** What stands in the place of a sealed value in an entry, as it is stored and hashed. Bytes are base64url. */
export type SealedValue = {
  readonly $sealed: {
    /** Of this format. */
    readonly v: 1
    readonly subject: string
    readonly keyId: string
    readonly iv: string
    readonly tag: string
    readonly ct: string
  }
}

/** What is read in the place of a value whose subject was erased. */
export type Erased = { readonly $erased: { readonly subject: string; readonly at: Timestamp } }

/**
 * What is read in the place of a value that cannot be opened, though its subject was not erased: the key store has no key of
 * the subject, or not that one (it is not the one it was sealed with), or the bytes are not those that were sealed here.
 */
export type Unreadable = {
  readonly $unreadable: { readonly subject: string; readonly because: 'no key' | 'another key' | 'not authentic' }
}

/** Data whose values may be marked as personal, at any depth. */
export type Markable<Data> = { [Key in keyof Data]: MarkableValue<Data[Key]> }
type MarkableValue<Value> = Value | Personal<Value> | (Value extends object ? Markable<Value> : never)

/** Data as it is read: any of its values may have been sealed. */
export type Opened<Data> = { [Key in keyof Data]: OpenedValue<Data[Key]> }
type OpenedValue<Value> = Erased | Unreadable | (Value extends object ? Opened<Value> : Value)

/** True for a value that is there to be read: it was never sealed, or it is open. */
export function isOpen<Value>(value: Value): value is Exclude<Value, Erased | Unreadable> {
  return typeof value !== 'object' || value === null || !('$erased' in value || '$unreadable' in value)
}

/** Properties of data that sealing keeps for itself. */
export const KEPT_NAMES: readonly string[] = ['$sealed', '$erased', '$unreadable']

const UNSEALED =
  'is marked with personal() where nothing is sealed; append it to an audit of withSealing, not within another mark'

/** Shows its value to nobody: not to a log, and not to a store without sealing, which refuses it. */
export class PersonalValue {
  readonly [NOT_JSON] = UNSEALED
  readonly #subject: string
  readonly #value: unknown

  constructor(subject: string, value: unknown) {
    this.#subject = subject
    this.#value = value
  }

  static is(value: unknown): value is PersonalValue {
    return typeof value === 'object' && value !== null && #subject in value
  }

  /** Not a method: what has the object has not the value. */
  static open(marked: PersonalValue): { subject: string; value: unknown } {
    return { subject: marked.#subject, value: marked.#value }
  }

  toJSON(): never {
    throw new Error(`a value ${UNSEALED}`)
  }

  [inspect.custom](): string {
    return 'Personal'
  }
}

/**
 * Marks a value in the data of an entry as personal to a subject. To be appended by an audit of `withSealing`; every other store
 * refuses it.
 */
export function personal<Value>(subject: string, value: Value): Personal<Value> {
  return new PersonalValue(subject, value) as unknown as Personal<Value>
}
