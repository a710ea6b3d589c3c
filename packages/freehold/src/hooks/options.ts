import { Fields } from '@freehold/contract'
import { type RecorderOptions, warn, warnOf } from '@freehold/recorder'
import type { RejectedRecord } from './hook.js'

export interface HookOptions extends Omit<RecorderOptions, 'overflow'> {
  /**
   * Leaves the response path at once, and writes later; the options of a recorder say how. False unless told: then the caller is
   * held until it is written.
   */
  background?: boolean
  /**
   * In the foreground, how long it is tried to write while the database is away, in milliseconds, at least 1; 10,000 unless told. In
   * the background that of a recorder: the longest time for one flush.
   */
  deadline?: number
  /** Rejects when what was told could not be written: no answer without its record. False unless told. Only in the foreground. */
  required?: boolean
  /** Told of records that the store refused, once each. A process warning unless told. */
  onRejected?: (rejected: readonly RejectedRecord[]) => void
}

/** What is recorded of an event. */
export type RecordOf<E, I> = (event: E) => I | readonly I[] | undefined

export interface HookSettings {
  background: boolean
  required: boolean
  deadline: number
  onError: (error: Error) => void
  onRejected: (rejected: readonly RejectedRecord[]) => void
}

const OF_BOTH = ['record', 'background', 'required', 'deadline', 'onError', 'onRejected']
const OF_RECORDER: readonly (keyof RecorderOptions)[] = ['batch', 'interval', 'limit', 'overflow', 'spool', 'durable']
const LONGEST = 2 ** 31 - 1

/** The options, of which `others` are read elsewhere. What is wrong is told by `done`. */
export function hookFields(what: string, options: unknown, others: readonly string[]): Fields {
  return new Fields(what, options, [...OF_BOTH, ...others, ...OF_RECORDER])
}

/** What is of the recorder, which checks it. */
export function recorderOptionsOf(fields: Fields): RecorderOptions {
  const names = [...OF_RECORDER, 'deadline'].filter((name) => fields.has(name))
  return Object.fromEntries(names.map((name) => [name, fields.raw(name)]))
}

export function acceptHook(fields: Fields): HookSettings {
  const background = fields.flag('background') ?? false
  const required = fields.flag('required') ?? false
  if (background && required)
    fields.problem('required', 'is true, but in the background nobody waits; leave it out, or leave background out')
  const onError = functionOf<HookSettings['onError']>(fields, 'onError') ?? warnOf
  const onRejected = functionOf<HookSettings['onRejected']>(fields, 'onRejected') ?? warnOfEach
  if (background) return { background, required, deadline: 0, onError, onRejected }
  for (const name of OF_RECORDER)
    if (fields.has(name)) fields.problem(name, 'is of a hook in the background; give background: true, or leave it out')
  const deadline = fields.integer('deadline', 1, LONGEST) ?? 10_000
  return { background, required, deadline, onError, onRejected }
}

/** @param own what is recorded unless told, of events of our own */
export function recordIn<E, I>(fields: Fields, own: RecordOf<never, I>): RecordOf<E, I> {
  return functionOf<RecordOf<E, I>>(fields, 'record') ?? (own as unknown as RecordOf<E, I>)
}

function functionOf<F>(fields: Fields, field: string): F | undefined {
  const given = fields.raw(field)
  if (given === undefined || given === null || typeof given === 'function') return (given ?? undefined) as F | undefined
  return fields.problem(field, 'is not a function; give one, or leave it out')
}

function warnOfEach(rejected: readonly RejectedRecord[]): void {
  for (const { id, reason } of rejected) warn(`the record ${id} of a hook was not kept: ${reason}`)
}
