import { connect } from '@freehold/mongo'
import type { Db } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { checkServer } from '../src/server.js'
import { databaseUrl, dropDatabase, newName, SERVER, withDatabase } from './server.js'

/** What another server would answer, or to another user, in place of ours. */
type Answers = Partial<Record<'command' | 'listCollections' | 'collection', unknown>>

class Other extends Database {
  constructor(
    private readonly own: Db,
    private readonly answers: Answers,
  ) {
    super(() => own, 'freehold_')
  }

  override get db(): Db {
    return new Proxy(this.own, {
      get: (target, name) => this.answers[name as keyof Answers] ?? Reflect.get(target, name).bind(target),
    })
  }
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let name: string
  let url: string

  beforeEach(() => {
    name = newName()
    url = databaseUrl(name)
  })

  afterEach(() => dropDatabase(name))

  const opening = (answers: (db: Db) => Answers) =>
    withDatabase(url, (db) => checkServer(new Other(db, answers(db)), ['audit']))
  const saying = (said: Readonly<Record<string, object>>) =>
    opening((db) => ({
      command: async (command: object) => ({
        ...(await db.command(command as never)),
        ...said[Object.keys(command)[0]!],
      }),
    }))
  const having = (collection: object) =>
    opening(() => ({ listCollections: () => ({ toArray: async () => [{ name: 'freehold_audit', ...collection }] }) }))

  test('a server that is new enough and can be written to is taken', async () => {
    await saying({})
    await saying({ buildInfo: { version: '8.2.1', versionArray: [8, 2, 1, 0] } })
    await having({ type: 'collection', options: { collation: { locale: 'simple' } } })
  })

  test('a server that is too old is refused with the version that is needed', async () => {
    await expect(saying({ buildInfo: { version: '5.0.0', versionArray: [5, 0, 0, 0] } })).rejects.toMatchObject({
      code: 'unsupported',
      message: 'the server is MongoDB 5.0.0; upgrade it to 7.0 or later',
    })
  })

  test('a server that cannot be written to is refused, and no other try helps', async () => {
    const cases: readonly [said: object, told: RegExp][] = [
      [{ isWritablePrimary: false, secondary: true }, /write the host of the primary/],
      [{ readOnly: true }, /read-only/],
    ]
    for (const [hello, told] of cases)
      await expect(saying({ hello })).rejects.toMatchObject({
        code: 'unavailable',
        retryable: false,
        message: expect.stringMatching(told),
      })
  })

  const odd: Readonly<Record<string, object>> = {
    'has a collation': { type: 'collection', options: { collation: { locale: 'en', strength: 2 } } },
    'is capped': { type: 'collection', options: { capped: true, size: 100_000 } },
    'is a collection of time series': { type: 'timeseries', options: { timeseries: { timeField: 'time' } } },
  }
  for (const [what, collection] of Object.entries(odd))
    test(`a collection in the place of one of ours that ${what} is refused by name`, () =>
      expect(having(collection)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(`^freehold_audit ${what}.*another prefix`),
      }))

  test('a view in the place of one of our collections is refused by name, before anything is made', async () => {
    await withDatabase(url, (db) => db.createCollection('freehold_audit', { viewOn: 'other', pipeline: [] }))
    await expect(connect({ url, schema: 'migrate' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^freehold_audit is a view.*another prefix/),
    })
    const there = await withDatabase(url, (db) => db.listCollections({}, { nameOnly: true }).toArray())
    expect(there.map((one) => one.name).filter((one) => one.startsWith('freehold_'))).toEqual(['freehold_audit'])
  })

  test('a majority that does not confirm a write is told of when it is opened', async () => {
    const late = Object.assign(new Error('waiting for replication timed out'), {
      name: 'MongoWriteConcernError',
      code: 64,
    })
    const collection = () => ({ updateOne: () => Promise.reject(late) })
    await expect(opening(() => ({ collection }))).rejects.toBe(late)
  })

  test('a user who may not ask for collections nor write opens what is there', async () => {
    const forbidden = Object.assign(new Error('not allowed'), { name: 'MongoServerError', code: 13 })
    const refuse = () => Promise.reject(forbidden)
    await opening(() => ({
      listCollections: () => ({ toArray: refuse }),
      collection: () => ({ updateOne: refuse }),
    }))
  })
})
