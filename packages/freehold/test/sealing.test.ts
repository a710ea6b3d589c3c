import { inspect } from 'node:util'
import type { AuditEntry, JsonObject } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sqlitePrompt } from '../../sql/test/prompts.js'
import {
  defineShape,
  isOpen,
  type KeyStore,
  personal,
  type SealedAudit,
  type SealedValue,
  withSealing,
  withShapes,
} from '../src/index.js'
import { databaseIn, withSealed } from './support/sealed.js'

const entry = { actor: 'ada', action: 'mail.sent' }
const BY = { by: 'dpo', reason: 'asked for it' }

const read = async (audit: Pick<SealedAudit, 'get'>, id: string) => (await audit.get(id))?.data
const sealedAt = (data: JsonObject | undefined, name: string) => (data![name] as unknown as SealedValue).$sealed

const UNSEALED = expect.stringMatching(/^is marked with personal\(\) .*; append it to an audit of withSealing/)

describe('a personal value', () => {
  it('is stored sealed, and read open', () =>
    withSealed(async ({ storage, audit }) => {
      const data = {
        to: personal('maria', 'maria@example.com'),
        deep: [{ born: personal('maria', { year: 1980 }) }],
        n: 7,
      }
      const [appended] = await audit.append([{ ...entry, id: 'one', data }])
      const open = { to: 'maria@example.com', deep: [{ born: { year: 1980 } }], n: 7 }
      expect([appended!.data, await read(audit, 'one'), (await audit.read()).items[0]!.data]).toEqual([
        open,
        open,
        open,
      ])
      const stored = await read(storage.audit, 'one')
      expect(JSON.stringify(stored)).not.toMatch(/example|1980/)
      expect(stored).toMatchObject({ to: { $sealed: { v: 1, subject: 'maria' } }, n: 7 })
      expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
    }))

  it('is one entry when its append is repeated, and a conflict when it is another', () =>
    withSealed(async ({ audit }) => {
      const append = (to: string) => audit.append([{ ...entry, id: 'one', data: { to: personal('maria', to) } }])
      const [first] = await append('a@example.com')
      const [again] = await append('a@example.com')
      expect(again).toEqual(first)
      await expect(append('b@example.com')).rejects.toMatchObject({ code: 'conflict' })
    }))

  it('has other bytes in another place, whatever it is', () =>
    withSealed(async ({ storage, audit }) => {
      const same = () => ({ a: personal('maria', 'x'), b: personal('maria', 'x') })
      await audit.append([
        { ...entry, id: 'one', data: same() },
        { ...entry, id: 'two', data: same() },
      ])
      const stored = [await read(storage.audit, 'one'), await read(storage.audit, 'two')]
      const bytes = stored.flatMap((data) =>
        ['a', 'b'].map((name) => sealedAt(data, name).ct + sealedAt(data, name).iv),
      )
      expect(new Set(bytes).size).toBe(4)
    }))

  it.each<[string, (sealed: JsonObject, other: JsonObject) => { id: string; data: JsonObject }]>([
    ['another entry', (sealed) => ({ id: 'three', data: sealed })],
    ['another place', ({ a }) => ({ id: 'three', data: { c: a } })],
    [
      'another subject',
      ({ a }) => ({ id: 'three', data: { a: { $sealed: { ...sealedAt({ a }, 'a'), subject: 'otto' } } } }),
    ],
  ])('that is moved to %s does not open there', (_where, move) =>
    withSealed(async ({ storage, audit }) => {
      await audit.append([{ ...entry, id: 'one', data: { a: personal('maria', 'x') } }])
      await audit.append([{ ...entry, id: 'two', data: { a: personal('otto', 'x') } }])
      const [sealed, other] = [await read(storage.audit, 'one'), await read(storage.audit, 'two')]
      const moved = move(sealed!, other!)
      await storage.audit.append([{ ...entry, ...moved }])
      const [value] = Object.values((await read(audit, moved.id))!)
      expect(value).toMatchObject({ $unreadable: { because: expect.stringMatching(/not authentic|another key/) } })
      expect(isOpen(value)).toBe(false)
    }),
  )

  it('that is moved to another tenant with the keys of both does not open there', () =>
    withSealed(async ({ storage, audit, keys }) => {
      await audit.append([{ ...entry, id: 'one', data: { a: personal('maria', 'x') } }])
      const data = (await read(storage.audit, 'one'))!
      await storage.tenant('acme').audit.append([{ ...entry, id: 'one', data }])
      // Even where the two tenants had one key.
      const shared: KeyStore = Object.assign(Object.create(keys) as KeyStore, {
        get: () => keys.get({ tenant: 'default', subject: 'maria' }),
      })
      const acme = withSealing(storage.tenant('acme'), { keys: shared })
      expect(await read(acme, 'one')).toEqual({ a: { $unreadable: { subject: 'maria', because: 'not authentic' } } })
      const own = withSealing(storage.tenant('acme'), { keys })
      expect(await read(own, 'one')).toEqual({ a: { $unreadable: { subject: 'maria', because: 'no key' } } })
    }))

  it.each<[string, (sealed: SealedValue['$sealed']) => object]>([
    ['iv', (sealed) => ({ ...sealed, iv: flipped(sealed.iv) })],
    ['tag', (sealed) => ({ ...sealed, tag: flipped(sealed.tag) })],
    ['short tag', (sealed) => ({ ...sealed, tag: sealed.tag.slice(0, 6) })],
    ['text', (sealed) => ({ ...sealed, ct: flipped(sealed.ct) })],
    ['key', (sealed) => ({ ...sealed, keyId: 'another' })],
  ])('with another %s does not open', (_part, change) =>
    withSealed(async ({ storage, audit, keys }) => {
      await audit.append([{ ...entry, id: 'one', data: { a: personal('maria', 'secret') } }])
      const stored = (await storage.audit.get('one')) as AuditEntry
      const data = { a: { $sealed: change(sealedAt(stored.data, 'a')) } } as JsonObject
      const get = async () => ({ ...stored, data })
      const tampered = withSealing({ tenantId: 'default', audit: { ...storage.audit, get } }, { keys })
      expect(await read(tampered, 'one')).toMatchObject({ a: { $unreadable: { subject: 'maria' } } })
    }),
  )

  it('is refused by a store that seals nothing, and shown by no log', () =>
    withSealed(async ({ storage }) => {
      const to = personal('maria', 'maria@example.com')
      await expect(storage.audit.append([{ ...entry, data: { to } }])).rejects.toMatchObject({
        code: 'invalid',
        problems: [{ field: 'entries[0].data.to', message: UNSEALED }],
      })
      const whole = storage.audit.append([{ ...entry, data: personal('maria', { to: 'x' }) as never }])
      await expect(whole).rejects.toMatchObject({ problems: [{ field: 'entries[0].data', message: UNSEALED }] })
      expect(inspect(to)).toBe('Personal')
      expect(() => JSON.stringify({ to })).toThrow(/withSealing/)
    }))

  it('is read by nobody without the keys', () =>
    withSealed(async ({ storage, audit }) => {
      await audit.append([{ ...entry, id: 'one', data: { a: personal('maria', 'x') } }])
      const keys = keysThat({ get: async () => null })
      const other = withSealing(storage, { keys })
      expect(await read(other, 'one')).toEqual({ a: { $unreadable: { subject: 'maria', because: 'no key' } } })
    }))
})

describe('an append with personal values', () => {
  it('tells all that is wrong at once, by its path, and appends nothing', () =>
    withSealed(async ({ storage, audit }) => {
      const data = {
        nobody: personal('', 'x'),
        date: personal('maria', new Date(0)),
        nested: personal('maria', [personal('otto', 1)]),
        $sealed: 1,
        deep: [{ $erased: 2 }],
      }
      const append = audit.append([{ ...entry, actor: '', data: data as never }, { actor: 'ada' } as never])
      const { problems } = await append.catch((error) => error)
      expect(problems.map(({ field }: { field: string }) => field)).toEqual([
        'entries[0].data.nobody',
        'entries[0].data.$sealed',
        'entries[0].data.deep.0.$erased',
        expect.stringMatching(/^entries\[0\]\.data\.date/),
        expect.stringMatching(/^entries\[0\]\.data\.nested/),
        'entries[1].action',
      ])
      expect(await storage.audit.head()).toMatchObject({ seq: 0 })
    }))

  it.each<[string, (mark: unknown) => unknown]>([
    ['an object of a class', (mark) => Object.assign(new (class Customer {})(), { mark })],
    ['an object with hidden properties', (mark) => Object.defineProperty({ mark }, 'hidden', { value: 1 })],
    ['a list with something beside it', (mark) => Object.assign([mark], { beside: 1 })],
    ['another mark', (mark) => personal('maria', { mark })],
  ])('in %s is refused as it is without', (_what, within) =>
    withSealed(async ({ storage, audit }) => {
      const append = audit.append([{ ...entry, data: { it: within(personal('maria', 'x')) as never } }])
      const { code, problems } = await append.catch((error) => error)
      expect([code, problems[0].field]).toEqual(['invalid', expect.stringMatching(/^entries\[0\]\.data\.it/)])
      expect(await storage.audit.head()).toMatchObject({ seq: 0 })
    }),
  )

  it('shows as NULL in a column of the view, and as bytes in one of JSON', () =>
    withSealed(async ({ audit, directory }) => {
      const shape = defineShape('mail', z.object({ to: z.string(), from: z.string(), count: z.int() }), {
        columns: { from: 'json' },
      })
      const shaped = await withShapes(audit, [shape])
      const data = { to: personal('maria', 'm@example.com'), from: personal('maria', 'm@example.com'), count: 1 }
      await shaped.append([{ ...entry, shape: 'mail', data }])
      const prompt = sqlitePrompt(databaseIn(directory).slice('sqlite:'.length))
      const [row] = await prompt.query('select "to" as recipient, "from" as sender, count from freehold_audit_mail')
      expect(row).toEqual({ recipient: null, sender: expect.stringMatching(/^\{"\$sealed":/), count: 1 })
    }))

  it('fits its shape as it is, and no bytes fit in its place', () =>
    withSealed(async ({ storage, audit }) => {
      const shape = defineShape('mail', z.object({ to: z.email(), count: z.int() }))
      const shaped = await withShapes(audit, [shape])
      const append = (to: string) =>
        shaped.append([{ ...entry, shape: 'mail', data: { to: personal('maria', to), count: 1 } }])
      await append('maria@example.com')
      expect((await shaped.read({ shape: 'mail' })).items[0]!.data).toEqual({ to: 'maria@example.com', count: 1 })
      await expect(append('maria')).rejects.toMatchObject({ problems: [{ field: 'entries[0].data.to' }] })
      const { data } = (await storage.audit.read()).items[0]!
      const bytes = storage.audit.append([{ ...entry, shape: 'mail', data: data! }])
      await expect(bytes).rejects.toMatchObject({ problems: [{ field: 'entries[0].data.to' }] })
      await audit.eraseSubject('maria', BY)
      expect(isOpen((await shaped.read({ shape: 'mail' })).items[0]!.data.to)).toBe(false)
    }))

  it('is of what was given, whatever a caller does to it meanwhile', () =>
    withSealed(async ({ audit }) => {
      const data = { a: personal('maria', 'x'), n: 1 }
      const plain = { n: 1 }
      const appending = [
        audit.append([{ ...entry, id: 'one', data }]),
        audit.append([{ ...entry, id: 'two', data: plain }]),
      ]
      data.n = 2
      plain.n = 2
      await Promise.all(appending)
      expect([await read(audit, 'one'), await read(audit, 'two')]).toEqual([{ a: 'x', n: 1 }, { n: 1 }])
    }))

  it('is refused when the key store is away, and so is a read', () =>
    withSealed(async ({ storage, audit }) => {
      await audit.append([{ ...entry, id: 'one', data: { a: personal('maria', 'x') } }])
      const away = () => Promise.reject(new Error('ECONNREFUSED maria'))
      const keys = keysThat({ get: away, create: away, destroy: away })
      const other = withSealing(storage, { keys })
      const calls = [
        other.append([{ ...entry, data: { a: personal('maria', 'x') } }]),
        other.get('one'),
        other.read(),
        other.eraseSubject('maria', BY),
      ]
      const message = 'the key store failed; see the cause'
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'unavailable', message })
      expect(await storage.audit.head()).toMatchObject({ seq: 1 })
    }))

  it('is refused with a key of another length', () =>
    withSealed(async ({ storage }) => {
      const short = async () => ({ keyId: 'k', key: new Uint8Array(16) })
      const audit = withSealing(storage, { keys: keysThat({ create: short }) })
      const append = audit.append([{ ...entry, data: { a: personal('maria', 'x') } }])
      await expect(append).rejects.toMatchObject({ code: 'internal' })
    }))

  it('needs a tenant where they are required', () =>
    withSealed(async ({ storage, keys }) => {
      const refused = expect.objectContaining({ problems: [expect.objectContaining({ field: 'tenant' })] })
      expect(() => withSealing({ tenantId: '', audit: storage.audit }, { keys })).toThrow(refused)
    }))

  it.each([[undefined], [{}], [{ keys: {} }], [{ keys: 'directory' }], [{ keys: { get: null } }]])(
    'needs a key store: %j',
    (options) =>
      withSealed(async ({ storage }) => {
        expect(() => withSealing(storage, options as never)).toThrow(expect.objectContaining({ code: 'invalid' }))
      }),
  )
})

/** A key store that does this, and is asked for nothing else. */
function keysThat(methods: Partial<KeyStore>): KeyStore {
  const never = () => Promise.reject(new Error('is not asked'))
  const others = { create: never, get: never, destroy: never, unconfirmed: never, confirm: never }
  return { ...others, hold: never, release: never, holds: never, ...methods }
}

function flipped(text: string): string {
  return (text[0] === 'A' ? 'B' : 'A') + text.slice(1)
}
