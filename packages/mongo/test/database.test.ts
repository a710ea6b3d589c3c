import { inspect } from 'node:util'
import { type Storage, StoreError } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import type { Db, Document } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { Database } from '../src/database.js'
import { givenDatabase } from './given-database.js'
import { SERVER, withDatabase } from './server.js'

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  const inside = <T>(work: (db: Db) => Promise<T>) => withDatabase(url, work)
  const rows = (collection: string, pipeline: Document[] = []) =>
    inside((db) => db.collection(collection).aggregate(pipeline).toArray())

  test('times are dates that the functions of the database understand, with the microseconds beside them', async () => {
    await storage.traces.write([spanOf(traceIdOf(1), 0)])
    const [row] = await rows('freehold_traces', [
      { $project: { _id: 0, startedAt: 1, startedAtUs: 1, year: { $year: '$startedAt' } } },
    ])
    expect(row).toEqual({ startedAt: new Date('2025-11-17T14:55:18.786Z'), startedAtUs: 123, year: 2025 })
  })

  test('the values of a span are its JSON, each under its name', async () => {
    const attributes = { 'gen_ai.request.model': 'gpt-5', $ref: 1, plain: { nested: true } }
    await storage.traces.write([
      { ...spanOf(traceIdOf(1), 0), attributes, input: { query: [1] }, scope: { name: 's' } },
    ])
    const [row] = await rows('freehold_spans')
    const { input, attributes: kept, rest } = row as Record<string, string>
    expect([input, kept, rest]).toEqual(['{"query":[1]}', JSON.stringify(attributes), '{"scope":{"name":"s"}}'])
    expect((await storage.traces.get(traceIdOf(1)))!.spans[0]!.attributes).toEqual(attributes)
  })

  test('values that the driver would take for its own types come back as they were', async () => {
    const state = {
      reference: { $ref: 'a', $id: 'b', $db: 'c' },
      type: { _bsontype: 'ObjectId', id: '0123456789ab' },
      code: { $code: '1', $scope: {} },
      percent: { '%': 1, '%2E': 2, '%json': '[]', '': 3, _: 4, '%%': 5 },
      date: '2026-01-01T00:00:00.000Z',
      numbers: [2 ** 31, -(2 ** 31) - 1, 2 ** 53, -1e-9, 0.1],
    }
    await storage.sessions.save({ id: 's', type: 'agent', state })
    expect((await storage.sessions.get('s'))!.state).toEqual(state)
  })

  test('a value of very many values, and a span of the greatest size, are kept', async () => {
    const dense = Array.from({ length: 300_000 }, (_, n) => n % 10)
    await storage.sessions.save({ id: 's', type: 'agent', state: { dense } })
    expect((await storage.sessions.get('s'))!.state).toEqual({ dense })
    const large = { ...spanOf(traceIdOf(1), 0), input: Array(5).fill('漢'.repeat(262_144)) }
    expect(await storage.traces.write([large, spanOf(traceIdOf(1), 1)])).toMatchObject({ written: 2 })
    expect((await storage.traces.get(traceIdOf(1)))!.spans[0]!.input).toEqual(large.input)
    const { input: output, ...end } = large
    await storage.traces.write([{ ...end, output }])
    expect((await storage.traces.get(traceIdOf(1)))!.spans[0]).toMatchObject({ input: output, output })
  })

  test('a document that is too large is refused as invalid, without a word of it', async () => {
    const save = storage.sessions.save({ id: 's', type: 'agent', state: { text: 'secret'.repeat(3_000_000) } })
    const error: Error = await save.then(
      () => expect.fail('it was stored'),
      (reason) => reason,
    )
    expect(error).toMatchObject({ code: 'invalid', retryable: false })
    expect(inspect(error).includes('secretsecret')).toBe(false)
  })

  test('a head that was set back is an error that says so, at once', async () => {
    await storage.audit.append([{ actor: 'ada', action: 'one' }])
    await inside((db) => db.collection('freehold_audit_heads').deleteMany({}))
    const again = await connect({ url })
    await expect(again.audit.append([{ actor: 'ada', action: 'two' }])).rejects.toThrow(/run verify/)
    await again.close()
    await expect(storage.audit.append([{ actor: 'ada', action: 'two' }])).rejects.toThrow(/run verify/)
  })

  test('the largest append there is fits the document of its head', async () => {
    const large = { actor: 'ada', action: 'one', data: { text: 'é'.repeat(2_097_000) } }
    await storage.audit.append([large, large])
    await storage.audit.append([{ actor: 'ada', action: 'two' }])
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 3 })
  })

  test('of one id in two streams at once, one is appended', async () => {
    const other = await connect({ url })
    const append = (on: Storage, stream: string) => on.audit.append([{ id: 'a', stream, actor: 'ada', action: stream }])
    for (let n = 0; n < 5; n++) {
      const outcomes = await Promise.allSettled([append(storage, `one ${n}`), append(other, `two ${n}`)])
      expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(n === 0 ? 1 : 0)
    }
    expect((await storage.audit.read()).items).toHaveLength(1)
    await other.close()
  })

  test('a domain that was not opened here is refused as unsupported', async () => {
    const traces = await connect({ url, domains: ['traces'] })
    await expect(traces.sessions.list()).rejects.toMatchObject({ code: 'unsupported' })
    await traces.close()
  })

  test('two prefixes are two stores in one database', async () => {
    const other = await connect({ url, prefix: 'other_', schema: 'migrate' })
    await other.sessions.save({ id: 's', type: 'agent' })
    expect(await storage.sessions.get('s')).toBeNull()
    await other.close()
  })

  test('what was requested is what is stored, whatever the caller does to it meanwhile', async () => {
    const args = { amount: 1_000_000 }
    const request = storage.approvals.request({ args })
    args.amount = 1
    expect((await request).args).toEqual({ amount: 1_000_000 })
  })

  test('a storage that is printed shows no password', async () => {
    const secret = new URL(url)
    secret.searchParams.set('appName', 'hunter2')
    const opened = await connect({ url: secret.href })
    expect(inspect(opened, { depth: 20, showHidden: false })).not.toMatch(/hunter2|127\.0\.0\.1/)
    await opened.close()
  })
})

describe('works that wait for one another', () => {
  const database = () => new Database(() => expect.fail('no database is asked for'), 'freehold_', { pool: 1 })

  test('hear with the first that the database is away, and the next ones ask again', async () => {
    const db = database()
    const away = Object.assign(new Error('cut'), { name: 'MongoServerSelectionError' })
    let asked = 0
    const ask = () =>
      db.inTurn('session', async () => {
        asked += 1
        throw away
      })
    const answers = await Promise.allSettled([ask(), ask(), ask()])
    expect([answers.map(({ status }) => status), asked]).toEqual([Array(3).fill('rejected'), 1])
    await expect(ask()).rejects.toBe(away)
    expect(asked).toBe(2)
  })

  test('go on after one that failed for another reason', async () => {
    const db = database()
    const failing = db.inTurn('session', () => Promise.reject(new StoreError('timeout', 'it kept changing')))
    const next = db.inTurn('session', async () => 'done')
    await expect(failing).rejects.toThrow('it kept changing')
    expect(await next).toBe('done')
  })
})
