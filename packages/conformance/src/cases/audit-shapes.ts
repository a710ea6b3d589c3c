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

const ANYTHING: Shape['schema'] = {
  '~standard': { version: 1, vendor: 'freehold', validate: (value) => ({ value }) },
}

/** Columns, and the properties of them that are refused. */
const COLUMNS: readonly (readonly [Shape['columns'], ...string[]])[] = [
  [{ action: 'text', actor_of_data: 'text', amountCents: 'integer', Amount: 'json' }],
  [{ action: 'text', action_of_data: 'text' }, 'action_of_data'],
  [{ timeUs: 'integer', time: 'timestamp', time_us_of_data: 'text' }, 'time_us_of_data'],
  [{ orderID: 'text', orderId: 'text', order_id: 'text' }, 'orderId', 'order_id'],
  [{ HTTPStatus: 'text', httpStatus: 'json' }, 'httpStatus'],
  [{ paidAt: 'timestamp', paidAtUs: 'integer' }, 'paidAtUs'],
  [{ paid_at_us: 'integer', paidAt: 'timestamp' }, 'paidAt'],
  [{ paidAt: 'number', paidAtUs: 'integer', orderid: 'text', order_id: 'text' }],
  [{ ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ: 'text', ['a'.repeat(63)]: 'text', ['b'.repeat(60)]: 'timestamp' }],
  [{ ['a'.repeat(64)]: 'text', ['b'.repeat(61)]: 'timestamp' }, 'a'.repeat(64), 'b'.repeat(61)],
  [{ ['aB'.repeat(22)]: 'text' }, 'aB'.repeat(22)],
  [{ '': 'text', _id: 'text', 'a b': 'text', "a'": 'text', größe: 'text' }, '', '_id', 'a b', "a'", 'größe'],
]

/** Changes what it is given, at the top and below, and gives something else back: as validators do that coerce and default. */
const COERCING: Shape = {
  name: 'coercing',
  columns: { order: 'text' },
  schema: {
    '~standard': {
      version: 1,
      vendor: 'freehold',
      async validate(value) {
        const data = value as { order?: unknown; added?: boolean; lines: { amount: unknown }[] }
        data.order = Number(data.order)
        data.added = true
        data.lines[0]!.amount = 0
        data.lines.pop()
        return { value: { order: 'another' } }
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

  law('a validator that changes what it is given changes nothing that is stored', async ({ storage: { audit } }) => {
    await audit.define(COERCING)
    const given = { order: '7', lines: [{ amount: 1 }, { amount: 2 }] }
    const data = structuredClone(given)
    const entry = { actor: 'ann', action: 'refund', shape: 'coercing' }
    const [appended] = await audit.append([{ ...entry, id: 'one', data }])
    const stored = await audit.get('one')
    assert.deepEqual([data, appended?.data, stored?.data], [given, given, given])
    // What was hashed is what was given, too: a repeat of it is the same entry.
    assert.deepEqual(idsOf({ items: await audit.append([{ ...entry, id: 'one', data }]) }), ['one'])
    assert.equal((await audit.verify()).status, 'ok')
  }),

  law('an entry of a shape that nobody defined is refused as invalid', async ({ storage: { audit } }) => {
    const { problems } = await refused('invalid', audit.append([{ actor: 'ann', action: 'refund', shape: 'unknown' }]))
    assert.deepEqual(
      problems.map((problem) => problem.field),
      ['entries[0].shape'],
    )
  }),

  law('columns that would be one or cannot be named are refused as invalid', async ({ storage: { audit } }) => {
    for (const [columns, ...refusals] of COLUMNS) {
      const defined = audit.define({ name: 'named', schema: ANYTHING, columns })
      if (refusals.length === 0) await defined
      else {
        const { problems } = await refused('invalid', defined)
        assert.deepEqual(
          problems.map((problem) => problem.field),
          refusals.map((property) => `columns.${property}`),
        )
      }
    }
  }),

  law(
    'a shape that is called as something of the audit itself is refused as invalid',
    async ({ storage: { audit } }) => {
      const shape = { schema: ANYTHING, columns: { amount: 'number' } } as const
      for (const name of ['heads', 'shapes', 'ids', 'migrations', 'leases', 'by_time_id', 'pkey']) {
        const { problems } = await refused('invalid', audit.define({ ...shape, name }))
        assert.deepEqual(
          problems.map(({ field }) => field),
          ['name'],
        )
      }
      await audit.define({ ...shape, name: 'headsets' })
    },
  ),

  law('a shape whose columns differ from those of another tenant is a conflict', async ({ storage }) => {
    const [one, other] = [storage.tenant('one').audit, storage.tenant('other').audit]
    const shape = { name: 'shared', schema: ANYTHING, columns: { amount: 'number', order: 'text' } } as const
    await one.define(shape)
    await refused('conflict', other.define({ ...shape, columns: { amount: 'text', order: 'text' } }))
    await other.define({ ...shape, columns: { order: 'text', amount: 'number' } })
    for (const audit of [one, other]) await refused('conflict', audit.define({ ...shape, columns: { order: 'text' } }))
    await one.define(shape)
  }),

  law('of a tenant that changes a shape and one that joins it at once, one gets a conflict', async (subject) => {
    const [changing, joining] = [subject.storage.tenant('one').audit, (await subject.connect()).tenant('other').audit]
    for (const name of ['first', 'second', 'third', 'fourth', 'fifth']) {
      const was: Shape = { name, schema: ANYTHING, columns: { amount: 'number' } }
      const becomes: Shape = { ...was, columns: { order: 'text' } }
      await changing.define(was)
      const [changed, joined] = await Promise.allSettled([changing.define(becomes), joining.define(was)])
      assert.notEqual(changed.status, joined.status, `${name}: ${changed.status} twice`)
      const lost = changed.status === 'rejected' ? changed : joined
      assert.equal(lost.status === 'rejected' && lost.reason.code, 'conflict')
      // Whoever was not refused has what it asked for, and the other does not.
      const [kept, refusal] =
        changed.status === 'fulfilled' ? [becomes, joining.define(was)] : [was, changing.define(becomes)]
      await refused('conflict', refusal)
      await changing.define(kept)
    }
  }),
]
