import { describe, expect, test } from 'vitest'
import type { AuditInput } from '../src/audit.js'
import { acceptEntries } from '../src/rules/accept-audit.js'
import { fieldsOfCall } from './refused-fields.js'

const entry = (bytes: number): AuditInput => ({ actor: 'ann', action: 'kept', data: { text: 'é'.repeat(bytes / 2) } })
const accept = (entries: readonly AuditInput[]) => acceptEntries(entries, new Map(), 0)

describe('what one append may hold', () => {
  test('four megabytes of data in an entry, and no more', async () => {
    expect(await accept([entry(4_194_304 - 11)])).toHaveLength(1)
    expect(await fieldsOfCall(accept([entry(10), entry(4_194_304)]))).toEqual(['entries[1].data'])
  })

  test('eight megabytes in all', async () => {
    expect(await accept([entry(4_000_000), entry(4_000_000)])).toHaveLength(2)
    expect(await fieldsOfCall(accept([entry(3_000_000), entry(3_000_000), entry(3_000_000)]))).toEqual(['entries'])
  })

  test('an array', async () => {
    expect(await fieldsOfCall(accept('entries' as never))).toEqual(['entries'])
  })
})
