import type { Storage, TenantStorage } from '@freehold/contract'
import { expect } from 'vitest'
import { SERVERS, type ServerEngine } from './engines.js'
import { describeEngines } from './on-engines.js'
import { otherConnection } from './other-connection.js'
import { dayFromNow, partitionsOn } from './partitions.js'
import { restrictedUser } from './restricted-user.js'
import { spanOf, traceIdOf } from './spans.js'

const AGES = [40, 30, 20, 10, 0]
/** Everything that is older than 15 days is past its date. */
const BEFORE = Date.parse(dayFromNow(-15))
const OLD = [dayFromNow(-40), dayFromNow(-30), dayFromNow(-20)]

/** A trace that began so many days ago, with what its spans share and owners beside its own. */
const traceOf = (age: number, fields: object = {}) =>
  [0, 1].map((n) => ({
    ...spanOf(traceIdOf(age + 1), n),
    startedAt: Date.parse(dayFromNow(-age)) + 1_000 + n,
    endedAt: Date.parse(dayFromNow(-age)) + 2_000,
    userId: `user ${n}`,
    labels: { environment: 'prod' },
    input: [
      { role: 'user', content: 'and so on '.repeat(200) },
      { role: 'user', content: `${n}` },
    ],
    ...fields,
  }))

const write = ({ traces }: Storage) => traces.write(AGES.flatMap((age) => traceOf(age)))
const left = async ({ traces }: TenantStorage) => (await traces.find()).items.map(({ traceId }) => traceId)
const BROKEN = { status: 'error', error: { message: 'broke' } } as const
const idOfAge = (age: number) => traceIdOf(age + 1)
const KEPT = [0, 10].map(idOfAge)

/** What two tenants with the same traces lose, and of which ages are those that are left of each. */
const KEPT_BY_SOMEBODY = [
  {
    who: 'a tenant',
    order: { tenants: { vault: {} } },
    told: { tenants: [{ tenant: 'default', removed: 3, rows: 6 }], held: 0 },
    leaves: { default: [0, 10], vault: AGES.toReversed() },
  },
  {
    who: 'an error',
    order: { errorsBefore: Date.parse(dayFromNow(-60)) },
    told: {
      tenants: [
        { tenant: 'default', removed: 3, rows: 6 },
        { tenant: 'vault', removed: 2, rows: 4 },
      ],
      held: 0,
    },
    leaves: { default: [0, 10], vault: [0, 10, 30] },
  },
  {
    who: 'a held user',
    order: { held: { default: ['user 1'] } },
    told: { tenants: [{ tenant: 'vault', removed: 3, rows: 6 }], held: 3 },
    leaves: { default: AGES.toReversed(), vault: [0, 10] },
  },
]

describeEngines((it, engine) => {
  const { days } = partitionsOn(engine)

  it('a purge drops the days that are past their date, and what lists show of their traces', async ({
    database,
    storage,
  }) => {
    await write(storage)
    expect(await days(database)).toEqual(expect.arrayContaining(OLD))
    const told = await storage.retention.purge('traces', { before: BEFORE })
    expect(told).toMatchObject({ complete: true, tenants: [{ tenant: 'default', removed: 3, rows: 6 }] })
    expect(told!.days).toBeGreaterThanOrEqual(3)
    const now = await days(database)
    for (const day of OLD) expect(now).not.toContain(day)
    expect(now).toEqual(expect.arrayContaining([dayFromNow(-10), dayFromNow(0), dayFromNow(3)]))
    expect(await left(storage)).toEqual(KEPT)
    for (const table of ['spans', 'texts', 'other_owners', 'trace_labels'])
      expect(await database.prompt.query(`select distinct trace_day from freehold_${table}`), table).toHaveLength(2)
    await storage.traces.write(traceOf(30))
    expect((await storage.traces.get(traceIdOf(31)))?.spans).toHaveLength(2)
  })

  it.for(KEPT_BY_SOMEBODY)('no day is dropped of which $who keeps something', async (kept, { database, storage }) => {
    const vault = storage.tenant('vault')
    await write(storage)
    await vault.traces.write(AGES.flatMap((age) => traceOf(age, age === 30 ? BROKEN : {})))
    const told = await storage.retention.purge('traces', { before: BEFORE, ...kept.order })
    expect(told).toEqual({ ...kept.told, days: 0, complete: true, secondsPast: 0 })
    expect(await days(database)).toEqual(expect.arrayContaining(OLD))
    expect({ default: await left(storage), vault: await left(vault) }).toEqual({
      default: kept.leaves.default.map(idOfAge),
      vault: kept.leaves.vault.map(idOfAge),
    })
  })

  it('rows go one by one where somebody reads the table for long', async ({ database, storage }) => {
    await write(storage)
    const reader = await otherConnection((engine as ServerEngine).kind, database.url)
    for (const statement of ['begin', 'select * from freehold_spans']) await reader.run(statement)
    const told = await storage.retention.purge('traces', { before: BEFORE })
    await reader.end()
    expect(told).toMatchObject({ days: 0, complete: true, tenants: [{ removed: 3, rows: 6 }] })
    expect(await left(storage)).toEqual(KEPT)
    expect(await database.prompt.query('select distinct trace_day from freehold_texts')).toHaveLength(2)
  })

  it('rows go one by one for who may not change the schema', async ({ database, storage }) => {
    await write(storage)
    // Once with all rights, so that its lease is there.
    await storage.retention.purge('traces', { before: 1 })
    const restricted = await restrictedUser(database, engine.family)
    const user = await database.connect({ url: restricted.url, schema: 'check' })
    const told = await user.retention.purge('traces', { before: BEFORE })
    await user.close()
    await restricted.drop()
    expect(told).toMatchObject({ days: 0, complete: true, tenants: [{ removed: 3, rows: 6 }] })
    expect(await left(storage)).toEqual(KEPT)
  })

  it('nobody purges what another process does', async ({ database, storage }) => {
    await write(storage)
    await storage.retention.purge('traces', { before: 1 })
    const far = `'${dayFromNow(2)} 00:00:00'`
    await database.prompt.query(
      `insert into freehold_traces_leases (name, holder, expires_at) values ('retention', 'another', ${far})`,
    )
    expect(await storage.retention.purge('traces', { before: BEFORE })).toBeNull()
    expect(await left(storage)).toHaveLength(AGES.length)
    await database.prompt.query(`delete from freehold_traces_leases where holder = 'another'`)
    expect(await storage.retention.purge('traces', { before: BEFORE })).toMatchObject({ complete: true })
  })
}, SERVERS)
