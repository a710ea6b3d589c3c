import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import { type ErrorCode, type Page, type Storage, StoreError } from '@freehold/contract'
import type { Subject } from '../case.js'

/** Asserts that `attempt` is refused with `code`, and resolves to the error. */
export async function refused(code: ErrorCode, attempt: Promise<unknown>): Promise<StoreError> {
  const error = await attempt.then(
    () => assert.fail(`resolved; ${code} was expected`),
    (reason: unknown) => reason,
  )
  assert.ok(StoreError.is(error), `rejected with ${String(error)}; a StoreError was expected`)
  assert.equal(error.code, code, error.message)
  return error
}

/** `count` more connections to the place of the subject. */
export function connections(subject: Subject, count: number): Promise<Storage[]> {
  return Promise.all(Array.from({ length: count }, () => subject.connect()))
}

/** Makes `each` attempts on every connection at once, numbered 0, 1, 2 …, and resolves to how they ended. */
export function atOnce<T>(
  on: readonly Storage[],
  each: number,
  attempt: (storage: Storage, number: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const numbers = Array.from({ length: on.length * each }, (_, number) => number)
  return Promise.allSettled(numbers.map((number) => attempt(on[number % on.length]!, number)))
}

/** The values of attempts that must all have succeeded. */
export function valuesOf<T>(outcomes: readonly PromiseSettledResult<T>[]): T[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** The values of those attempts that succeeded. */
export function successesOf<T>(outcomes: readonly PromiseSettledResult<T>[]): T[] {
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

/** The codes of those attempts that were refused. */
export function refusalsOf(outcomes: readonly PromiseSettledResult<unknown>[]): string[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return []
    return [StoreError.is(outcome.reason) ? outcome.reason.code : String(outcome.reason)]
  })
}

export function idsOf(page: Page<{ id: string }>): string[] {
  return page.items.map((item) => item.id)
}

/** 1, 2, 3 … `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}

export function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}

/** Lets every clock move on, so that what a store stamps next is later than what it stamped before. */
export function laterThanBefore(): Promise<void> {
  return after(5)
}
