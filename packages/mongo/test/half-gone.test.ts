import assert from 'node:assert/strict'
import { DOMAINS, type Domain, type Shape, type Storage, StoreError } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import type { Db } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { MongoMigrations } from '../src/migrate.js'
import { MIGRATIONS } from '../src/migrations/index.js'
import { Cut, CutDatabase } from './cut-database.js'
import { PREFIX } from './cut-stores.js'
import { givenDatabase } from './given-database.js'
import { SERVER, withDatabase } from './server.js'

const validate = (value: unknown) => ({ value })
const SHAPE: Shape = {
  name: 'refund',
  schema: { '~standard': { version: 1, vendor: 'test', validate } },
  columns: { amount: 'integer' },
}
const ENTRY = { id: 'e', actor: 'ada', action: 'one', shape: 'refund', data: { amount: 1 } }

/** What another process finds that opens the database: empty, its rows, or the code and the words of a refusal. */
async function found(url: string, domain: Domain): Promise<string> {
  const domains = [domain]
  const storage = await connect({ url, domains }).catch((error: unknown) => error as StoreError)
  if (StoreError.is(storage)) return `${storage.code}: ${storage.message}`
  const { items } = domain === 'audit' ? await storage.audit.read() : await storage.traces.find()
  await storage.close()
  return `${items.length}`
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(StoreError.is(error, 'unsupported'), String(error))
  return error.message
}

async function furnish({ audit, traces }: Storage): Promise<void> {
  await audit.define(SHAPE)
  await audit.append([ENTRY])
  await traces.write([spanOf(traceIdOf(1), 0)])
}

/** Takes a domain down as a process that dies before its command of that number. False when it lived to the end. */
async function diesTakingDown(db: Db, domain: Domain, command: number): Promise<boolean> {
  const cut = new CutDatabase(db, PREFIX, { command, side: 'before' })
  const outcome = await new MongoMigrations(cut, DOMAINS).down(domain).catch((error: unknown) => error)
  await db.collection(`${PREFIX}leases`).updateMany({}, { $set: { holder: '', expiresAt: new Date(0) } })
  if (!(outcome instanceof Error)) return false
  assert.ok(outcome instanceof Cut, String(outcome))
  return true
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  const inside = <T>(work: (db: Db) => Promise<T>) => withDatabase(url, work)

  for (const domain of ['audit', 'traces'] as const)
    test(`taking ${domain} down that stopped anywhere is nothing to build on, and goes on with another down`, async () => {
      const { migrations } = storage
      await inside(async (db) => {
        let halves = 0
        for (let command = 1, died = true; died; command++) {
          const where = `before command ${command}`
          await furnish(storage)
          died = await diesTakingDown(db, domain, command)
          const left = await found(url, domain)
          // All of it is there yet, or nothing is any more, or it can neither be opened nor built on.
          if (/half taken down/.test(left)) {
            halves += 1
            expect(left).toMatch(RegExp(`migrations.down\\('${domain}'\\) and then up\\(\\) make it anew, empty$`))
            for (const step of ['up', 'plan'] as const)
              expect(await refusalOf(migrations[step](domain)), where).toMatch(/half taken down/)
          } else if (left !== '1') expect(left, where).toMatch(/^unsupported: the schema of \w+ is missing/)
          await migrations.down(domain)
          const rest = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
          const own = domain === 'audit' ? /audit|shape/ : /traces|spans/
          expect(rest.filter((name) => own.test(name))).toEqual([])
          expect(await migrations.up(domain), where).toHaveLength(MIGRATIONS[domain].length)
          expect(await found(url, domain), where).toBe('0')
        }
        const collections = MIGRATIONS[domain].flatMap((migration) => migration.collections)
        expect(halves).toBeGreaterThan(collections.length)
      })
      await furnish(storage)
      expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
      expect(await inside((db) => db.collection('freehold_audit_refund').find().toArray())).toHaveLength(1)
    }, 120_000)

  test('taking down what has no history, and stopping half-way, is nothing to build on either', async () => {
    await inside(async (db) => {
      await furnish(storage)
      await db.dropCollection('freehold_traces_migrations')
      const parts = () => db.listCollections({ name: /^freehold_(traces|spans)$/ }).toArray()
      let command = 0
      while ((await parts()).length === 2) await diesTakingDown(db, 'traces', ++command)
      expect(await parts()).toHaveLength(1)
      expect(await refusalOf(storage.migrations.up())).toMatch(/half taken down/)
    })
    await storage.migrations.down('traces')
    await storage.migrations.up()
    expect(await found(url, 'traces')).toBe('0')
  })

  test('what is half taken down is an error to those who had it open, and so is what is gone', async () => {
    const history = 'freehold_audit_migrations'
    await inside((db) => db.collection(history).updateMany({}, { $set: { leaving: true } }))
    expect(await refusalOf(storage.audit.read())).toMatch(/half taken down; .* migrations\.down\('audit'\)/)
    await storage.migrations.down('audit')
    expect(await refusalOf(storage.audit.read())).toMatch(/is gone; .* empty, with migrations\.up\(\)$/)
    await storage.migrations.up()
    expect((await storage.audit.read()).items).toEqual([])
  })

  test('what another build is taking down is told as that of another build', async () => {
    const newer = { _id: '9999_newer' as never, checksum: 'c', leaving: true }
    await inside((db) => db.collection('freehold_audit_migrations').insertOne(newer))
    expect(await found(url, 'audit')).toMatch(/newer than this build/)
    expect(await refusalOf(storage.migrations.down('audit'))).toMatch(/newer than this build/)
  })

  test('a collection that is gone is told, with what helps', async () => {
    await inside((db) => db.dropCollection('freehold_runs'))
    const told =
      /freehold_runs was made, and is gone; restore it from a copy, or lose the domain: migrations\.down\('sessions'\) and then up\(\) make it anew, empty$/
    for (const schema of ['check', 'migrate'] as const) expect(await refusalOf(connect({ url, schema }))).toMatch(told)
    const deploying = await connect({ url, schema: 'ignore' })
    for (const step of ['up', 'plan'] as const) expect(await refusalOf(deploying.migrations[step]())).toMatch(told)
    await deploying.migrations.down('sessions')
    await deploying.migrations.up('sessions')
    await deploying.close()
    await (await connect({ url })).close()
  })

  test('what stands in the place of a collection can be put right without a loss, as it is told', async () => {
    await furnish(storage)
    await inside(async (db) => {
      const own = await db.renameCollection('freehold_audit', 'moved')
      await db.createCollection('freehold_audit', { viewOn: 'moved', pipeline: [] })
      expect(await found(url, 'audit')).toMatch(
        /^unsupported: freehold_audit is a view; rename it, copy what it has of ours into a plain collection of its name, and migrate; or /,
      )
      await db.dropCollection('freehold_audit')
      expect(await found(url, 'audit')).toMatch(/^unsupported: freehold_audit was made, and is gone; restore it/)
      await db.collection('freehold_audit').insertMany(await own.find().toArray())
      expect(await found(url, 'audit')).toMatch(/^unsupported: the unique index by_place of freehold_audit .* is gone/)
    })
    await storage.migrations.up()
    expect(await found(url, 'audit')).toBe('1')
  })
})
