import type { Delivery, Settlement } from '@freehold/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SqlApprovals } from '../src/approvals.js'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { inTransaction } from '../src/dialects/transaction.js'
import { SqlMigrations } from '../src/migrate.js'
import { SqlRelay } from '../src/relay.js'
import { ENGINES, type Database as Place } from './engines.js'
import { describeOn } from './on-engines.js'

const allTold = ({ tenant, approval, events }: Delivery): Settlement => ({
  tenant,
  approvalId: approval.id,
  requestedAt: approval.requestedAt,
  seq: events.at(-1)!.seq,
})

for (const engine of ENGINES)
  describeOn(engine, () => {
    let place: Place
    let db: Database
    let approvals: SqlApprovals
    let relay: SqlRelay
    let statements: string[]

    beforeEach(async () => {
      place = await engine.open()
      const dialect = dialectOf(place.url)
      db = new Database(dialect.connect(place.url, { create: true }), dialect, 'freehold_')
      await new SqlMigrations(db, ['approvals']).up()
      approvals = new SqlApprovals(db, 'default')
      relay = new SqlRelay(db)
      statements = []
      db.knex.on('query', ({ sql }: { sql: string }) => statements.push(sql))
    })

    afterEach(async () => {
      await db.close()
      await place.remove()
    })

    const request = async (count: number, from = 0) => {
      for (let at = from; at < from + count; at += 50) {
        const part = Array.from({ length: Math.min(50, from + count - at) }, (_, i) => `a ${at + i}`)
        await Promise.all(part.map((id) => approvals.request({ id })))
      }
    }
    const counted = async (act: () => Promise<unknown>) => {
      statements = []
      await act()
      // A lease is made to last where the machine is slow.
      return statements.filter((sql) => !/^update .*approval_consumers/i.test(sql)).length
    }
    const tellAll = async (consumer: string) => {
      const told: string[] = []
      for (;;) {
        const deliveries = (await relay.take(consumer, 'us', { limit: 500 }))!
        if (deliveries.length === 0) return told
        for (const { approval, events } of deliveries)
          told.push(...events.map(({ seq, type }) => `${approval.id} ${seq} ${type}`))
        await relay.settle(consumer, deliveries.map(allTold))
      }
    }

    test('what was handed out again of an approval that is being removed is forgotten, and holds up nothing', async () => {
      await relay.register('mail')
      await request(3)
      const taken = await relay.take('mail', 'us')
      await approvals.cancel('a 0', 'us')
      await tellAll('mail')
      expect(await approvals.remove('a 0')).toBe(true)
      const { consumer } = await db.read((knex) => knex(db.table('approval_relays')).first('consumer'))
      const left = { consumer, tenant: 'default', approval_id: 'a 0', seq: 0, wanted: 1, attempts: 0 }
      const next_at = db.dialect.toTime(1)
      await db.transaction((trx) => db.insertNew(trx, 'approval_relays', [{ ...left, next_at }]))
      expect(taken).toHaveLength(3)
      expect(await relay.state('mail')).toMatchObject({ waiting: 1 })
      expect(await relay.take('mail', 'us')).toEqual([])
      expect(await relay.state('mail')).toMatchObject({ waiting: 0 })
    })

    test('taking nothing takes two statements, and of a hundred approvals as many as of ten', async () => {
      for (const consumer of ['mail', 'chat']) await relay.register(consumer)
      await relay.take('mail', 'us')
      expect(await counted(() => relay.take('mail', 'us'))).toBe(2)
      await request(10)
      let taken: Delivery[] | null = null
      const take = async () => {
        taken = await relay.take('mail', 'us')
      }
      expect(await counted(take)).toBe(11)
      expect(taken).toHaveLength(10)
      expect(await counted(() => relay.settle('mail', taken!.map(allTold)))).toBe(6)
      await request(100, 10)
      expect(await counted(take)).toBe(11)
      expect(taken).toHaveLength(100)
      await Promise.all(taken!.map(({ approval }) => approvals.cancel(approval.id, 'us')))
      // One more for what is there already.
      expect(await counted(take)).toBe(12)
      expect(await counted(() => relay.settle('mail', taken!.map(allTold)))).toBe(6)
      expect(await counted(() => relay.take('mail', 'us'))).toBe(2)
    })

    test('a consumer from the start is told of more than is looked through at a time, each once', async () => {
      await relay.register('early')
      await request(1100)
      await new SqlApprovals(db, 'another').request({ id: 'theirs' })
      const all = (await tellAll('early')).sort()
      expect(new Set(all).size).toBe(1101)
      await relay.register('whole', { from: 'start' })
      expect((await tellAll('whole')).sort()).toEqual(all)
      expect(await tellAll('early')).toEqual([])
    })

    test('what a process of the build before did is told to who registers, and that it did so', async () => {
      await relay.register('mail')
      await request(3)
      await tellAll('mail')
      const event = { tenant: 'default', approval_id: 'a 1', seq: 2, id: 'e', type: 'cancelled', actor: 'old' }
      const at = db.dialect.toTime(Date.now() + 1000)
      await db.transaction(async (trx) => {
        await trx(db.table('approvals')).where({ id: 'a 1' }).update({ status: 'cancelled', version: 2 })
        await db.insertNew(trx, 'approval_events', [{ ...event, at }])
      })
      expect(await tellAll('mail')).toEqual([])
      await relay.register('mail')
      expect(await tellAll('mail')).toEqual(['a 1 2 cancelled'])
    })

    test('a lease that is over is taken by another', async () => {
      await relay.register('mail')
      await relay.take('mail', 'dead')
      expect(await relay.take('mail', 'next')).toBeNull()
      await db.transaction(async (trx) =>
        trx(db.table('approval_consumers')).update({ held_until: db.dialect.toTime(1000) } as never),
      )
      expect(await relay.take('mail', 'next')).toEqual([])
      expect(await relay.take('mail', 'dead')).toBeNull()
    })

    test('a step that commits late is told, though others that came after it were told before', async ({ skip }) => {
      if (db.dialect.oneWriter) skip('nobody else writes while a transaction is open')
      await relay.register('mail')
      await request(2)
      await tellAll('mail')
      await inTransaction(db.knex, async (trx) => {
        const late = { version: 2, settled: null }
        await trx(db.table('approvals')).where({ id: 'a 0' }).update(late)
        const event = {
          tenant: 'default',
          approval_id: 'a 0',
          seq: 2,
          id: 'e',
          type: 'voted',
          at: db.dialect.toTime(Date.now()),
        }
        await db.insertNew(trx, 'approval_events', [event])
        await approvals.cancel('a 1', 'us')
        expect(await tellAll('mail')).toEqual(['a 1 2 cancelled'])
      })
      expect(await tellAll('mail')).toEqual(['a 0 2 voted'])
    })

    test('who registers while others hand out misses nothing that happens after', async () => {
      await relay.register('early')
      await request(1)
      await Promise.all([
        relay.take('early', 'us'),
        relay.register('whole', { from: 'start' }),
        relay.take('early', 'us'),
      ])
      expect(await tellAll('whole')).toEqual(['a 0 1 requested'])
    })
  })
