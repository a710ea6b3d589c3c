import type { AuditStore, AuditWriter } from '@freehold/contract'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  defineShape,
  type Erased,
  isOpen,
  personal,
  type SealedAudit,
  type Unreadable,
  withShapes,
} from '../src/index.js'

const zod = defineShape('sox', z.object({ account: z.string(), cents: z.int(), note: z.string().optional() }))
const valibot = defineShape('access', v.object({ user: v.string(), rows: v.number() }), {
  columns: { user: 'text', rows: 'integer' },
})
const arktype = defineShape('refund', type({ order: 'string', amount: 'number' }))
const nested = defineShape('nested', z.object({ who: z.object({ mails: z.array(z.string()) }) }))
const kinds = defineShape(
  'booking',
  z.object({ kind: z.enum(['debit', 'credit']), lines: z.array(z.object({ side: z.enum(['left', 'right']) })) }),
)
const fixed = defineShape('change', z.object({ kind: z.string(), version: z.literal(2), ok: z.literal(true) }))
const entry = { actor: 'ada', action: 'booked' }

/** Compiled, and never called: what is refused here is refused by the compiler. */
export const uses = async (store: AuditStore) => {
  const audit = await withShapes(store, [zod, valibot, arktype])
  await audit.append([{ ...entry, shape: 'sox', data: { account: '4711', cents: 12 } }])
  await audit.append([{ ...entry, shape: 'access', data: { user: 'ada', rows: 1 } }])
  await audit.append([{ ...entry, shape: 'refund', data: { order: 'A-1', amount: 1.5 } }])
  await audit.append([{ ...entry, data: { anything: true } }, entry])

  // @ts-expect-error a wrong field
  await audit.append([{ ...entry, shape: 'sox', data: { account: '4711', cents: 12, acount: '4711' } }])
  // @ts-expect-error a wrong type
  await audit.append([{ ...entry, shape: 'sox', data: { account: '4711', cents: '12' } }])
  // @ts-expect-error a missing field
  await audit.append([{ ...entry, shape: 'sox', data: { account: '4711' } }])
  // @ts-expect-error no data
  await audit.append([{ ...entry, shape: 'sox' }])
  // @ts-expect-error the data of another shape
  await audit.append([{ ...entry, shape: 'access', data: { order: 'A-1', amount: 1.5 } }])
  // @ts-expect-error a wrong type
  await audit.append([{ ...entry, shape: 'refund', data: { order: 'A-1', amount: 'much' } }])
  // @ts-expect-error a shape that is none of these
  await audit.append([{ ...entry, shape: 'socks', data: { account: '4711', cents: 12 } }])
  // @ts-expect-error a shape that is none of these
  await audit.read({ shape: 'socks' })

  const { items } = await audit.read({ shape: 'sox', actor: 'ada' }, { limit: 1 })
  expectTypeOf(items[0]!.data).toEqualTypeOf<{ account: string; cents: number; note?: string | undefined }>()
  expectTypeOf(items[0]!.shape).toEqualTypeOf<'sox'>()
  expectTypeOf((await audit.read({ shape: 'refund' })).items[0]!.data.amount).toEqualTypeOf<number>()
  expectTypeOf((await audit.read()).items[0]!.hash).toEqualTypeOf<string>()
  // What takes a writer takes it still.
  const writer: Pick<AuditWriter, 'checkpoint' | 'define'> = audit
  return writer
}

/** Never called: literals of the data, where the shape is spread into an entry. */
export const spreadUses = async (store: AuditStore, sealing: SealedAudit) => {
  const [booking, change] = [
    { ...entry, shape: 'booking' },
    { ...entry, shape: 'change' },
  ] as const
  const audit = await withShapes(store, [kinds, fixed])
  await audit.append([{ ...booking, data: { kind: 'debit', lines: [{ side: 'left' }] } }])
  await audit.append([
    { ...booking, data: { kind: 'credit', lines: [] } },
    { ...change, data: { kind: 'any', version: 2, ok: true } },
  ])
  await audit.append([{ ...entry, shape: 'booking', data: { kind: 'debit', lines: [] } }, entry])
  // @ts-expect-error none of these kinds
  await audit.append([{ ...booking, data: { kind: 'debt', lines: [] } }])
  // @ts-expect-error a wrong field
  await audit.append([{ ...booking, data: { kind: 'debit', lines: [], line: 1 } }])
  // @ts-expect-error a missing field
  await audit.append([{ ...change, data: { kind: 'any', version: 2 } }])

  const sealed = await withShapes(sealing, [kinds])
  await sealed.append([{ ...booking, data: { kind: personal('ada', 'debit'), lines: [{ side: 'left' }] } }])
  // @ts-expect-error none of these kinds, personal or not
  await sealed.append([{ ...booking, data: { kind: personal('ada', 'debt'), lines: [] } }])
}

/** Never called. */
export const sealedUses = async (sealing: SealedAudit) => {
  const audit = await withShapes(sealing, [zod, nested])
  await audit.append([{ ...entry, shape: 'sox', data: { account: personal('ada', '4711'), cents: 12 } }])
  await audit.append([{ ...entry, shape: 'sox', data: { account: '4711', cents: 12 } }])
  await audit.append([
    { ...entry, shape: 'nested', data: { who: { mails: [personal('ada', 'ada@example.com'), 'b@example.com'] } } },
  ])
  await audit.append([{ ...entry, shape: 'nested', data: { who: personal('ada', { mails: ['ada@example.com'] }) } }])
  await audit.append([{ ...entry, data: { note: personal('ada', 'late'), deep: [personal('ada', 7)] } }])
  // @ts-expect-error a wrong type, personal or not
  await audit.append([{ ...entry, shape: 'sox', data: { account: personal('ada', 4711), cents: 12 } }])
  // @ts-expect-error a wrong field
  await audit.append([{ ...entry, shape: 'sox', data: { account: '4711', cents: 12, mail: personal('ada', 'a') } }])

  const { items } = await audit.read({ shape: 'sox' })
  const { account } = items[0]!.data
  expectTypeOf(account).toEqualTypeOf<string | Erased | Unreadable>()
  if (isOpen(account)) expectTypeOf(account).toEqualTypeOf<string>()
  await audit.eraseSubject('ada', { by: 'dpo' })

  const plain = await withShapes(sealing as AuditStore, [zod])
  // @ts-expect-error nothing is sealed by this one
  await plain.append([{ ...entry, shape: 'sox', data: { account: personal('ada', '4711'), cents: 12 } }])
}

/** Never called, too. */
export const definitions = () => {
  // @ts-expect-error a date is no JSON
  defineShape('dates', z.object({ at: z.date() }), { columns: { at: 'timestamp' } })
  // @ts-expect-error a text is no object
  defineShape('texts', z.string())
  // @ts-expect-error a column of no property
  defineShape('columns', z.object({ at: z.number() }), { columns: { att: 'timestamp' } })
  // @ts-expect-error no type of a column
  defineShape('columns', z.object({ at: z.number() }), { columns: { at: 'date' } })
  defineShape('nested', z.object({ lines: z.array(z.object({ n: z.number().nullable() })), at: z.unknown() }))
}

describe('a shape', () => {
  it('is typed by its schema, with every library', () => {
    expectTypeOf(zod.name).toEqualTypeOf<'sox'>()
    expectTypeOf(valibot.name).toEqualTypeOf<'access'>()
    expectTypeOf(arktype.name).toEqualTypeOf<'refund'>()
  })
})
