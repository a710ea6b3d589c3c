import assert from 'node:assert/strict'
import type { Shape } from '@freehold/contract'
import { law } from '../case.js'
import { idsOf, refused } from './support.js'

/** A refund: what was ordered, and how much goes back. Any Standard Schema validator would do. */
const REFUND: Shape = {
  name: 'refund',
  columns: { order: 'text', amount: 'number' },
  schema: {
    '~standard': {
      version: 1,
      vendor: 'freehold',
      validate(value) {
        const { order, lines } = value as { order?: unknown; lines?: { amount?: unknown }[] }
        const issues = [
          ...(typeof order === 'string' ? [] : [{ message: 'not a text', path: ['order'] }]),
          ...(lines ?? []).flatMap(({ amount }, i) =>
            typeof amount === 'number'
              ? []
              : [{ message: 'not a number', path: [{ key: 'lines' }, { key: i }, { key: 'amount' }] }],
          ),
        ]
        return issues.length === 0 ? { value } : { issues }
      },
    },
  },
}

/** Shapes. */
export const shapeCases = [
  law(
    'an entry of a shape is validated and one that does not fit is refused by the path of the field',
    async (subject) => {
      const { audit } = subject.storage
      await audit.define(REFUND)
      const entry = { actor: 'ann', action: 'refund', shape: 'refund' }
      await audit.append([{ ...entry, id: 'fits', data: { order: '7', lines: [{ amount: 1 }] } }])
      const data = { order: 7, lines: [{ amount: 1 }, { amount: 'two' }] }
      const { problems } = await refused('invalid', audit.append([{ ...entry, id: 'unfit', data }]))
      assert.deepEqual(problems.map((problem) => problem.field).sort(), [
        'entries[0].data.lines.1.amount',
        'entries[0].data.order',
      ])
      assert.deepEqual(idsOf(await audit.read()), ['fits'])
    },
  ),

  law('an entry of a shape that nobody defined is refused as invalid', async ({ storage: { audit } }) => {
    const { problems } = await refused('invalid', audit.append([{ actor: 'ann', action: 'refund', shape: 'unknown' }]))
    assert.deepEqual(
      problems.map((problem) => problem.field),
      ['entries[0].shape'],
    )
  }),
]
