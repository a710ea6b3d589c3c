import { describe, expect, test } from 'vitest'
import type { AuditInput } from '../src/audit.js'
import type { StoreError } from '../src/errors.js'
import { acceptEntries } from '../src/rules/accept-audit.js'

const entry = (bytes: number): AuditInput => ({ actor: 'ann', action: 'kept', data: { text: 'é'.repeat(bytes / 2) } })
const accept = (entries: readonly AuditInput[]) => acceptEntries(entries, new Map(), 0)
const fieldsOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => [],
    (error: StoreError) => error.problems.map(({ field }) => field),
  )

describe('what one append may hold', () => {
  test('four megabytes of data in an entry, and no more', async () => {
    expect(await accept([entry(4_194_304 - 11)])).toHaveLength(1)
    expect(await fieldsOf(accept([entry(10), entry(4_194_304)]))).toEqual(['entries[1].data'])
  })

  test('eight megabytes in all', async () => {
    expect(await accept([entry(4_000_000), entry(4_000_000)])).toHaveLength(2)
    expect(await fieldsOf(accept([entry(3_000_000), entry(3_000_000), entry(3_000_000)]))).toEqual(['entries'])
  })

  test('an array', async () => {
    expect(await fieldsOf(accept('entries' as never))).toEqual(['entries'])
  })
})
