import { expect } from 'vitest'
import type { Problem, StoreError } from '../src/errors.js'
import type { Repair } from '../src/json.js'

/** The fields that a call is refused for; none when it is not refused. */
export function fieldsOf(attempt: () => unknown): string[] {
  try {
    attempt()
    return []
  } catch (error) {
    return fieldsTold((error as StoreError).problems)
  }
}

/** The fields that a call is refused for which takes its time. */
export function fieldsOfCall(attempt: Promise<unknown>): Promise<string[]> {
  return attempt.then(
    () => [],
    (error: StoreError) => fieldsTold(error.problems),
  )
}

/** The fields with problems, of each of which it is said what is wrong, and what to do. */
export function fieldsTold(problems: readonly Problem[]): string[] {
  for (const { message } of problems) expect(message).toMatch(/^\S.*\S; \S.*\S$/s)
  return problems.map(({ field }) => field)
}

/** The fields that were repaired, of each of which it is said how. */
export function fieldsRepaired(repairs: readonly Repair[]): string[] {
  for (const { reason } of repairs) expect(reason).toMatch(/\S{2,}/)
  return repairs.map(({ field }) => field)
}
