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

  describe('twelve megabytes of JSON with all their texts', () => {
    const reasons = (count: number, others: object = {}): AuditInput[] =>
      Array.from({ length: count }, () => ({ actor: 'ann', action: 'kept', reason: '語'.repeat(10_000), ...others }))

    test.each<[string, AuditInput[], string[]]>([
      ['little more of texts', reasons(420), ['entries']],
      ['little less of texts', reasons(415), []],
      ['a thousand long reasons', reasons(1000), ['entries']],
      ['data and texts that fit alone', [...reasons(200), entry(4_000_000), entry(4_000_000)], ['entries']],
      ['what is longer as JSON', reasons(210, { reason: '\u0001'.repeat(10_000) }), ['entries']],
    ])('%s', async (_, entries, refused) => {
      expect(await fieldsOfCall(accept(entries))).toEqual(refused)
    })

    test('and the refusal says so', async () => {
      await expect(accept(reasons(1000))).rejects.toThrow(
        'audit: entries: have more than 12582912 bytes of JSON; append fewer at a time',
      )
    })
  })

  test('and is read no further than that', async () => {
    const read: number[] = []
    const data = { list: Array(1_000_000).fill(0) }
    const entries = Array.from({ length: 100 }, (_, i) => ({
      actor: 'ann',
      action: 'kept',
      get data() {
        read.push(i)
        return data
      },
    }))
    expect(await fieldsOfCall(accept(entries))).toEqual(['entries'])
    expect(read).toEqual([0, 1, 2, 3, 4])
  })

  test('an array', async () => {
    expect(await fieldsOfCall(accept('entries' as never))).toEqual(['entries'])
  })
})
