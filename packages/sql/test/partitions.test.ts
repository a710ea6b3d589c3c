import type { Storage } from '@freehold/contract'
import { expect } from 'vitest'
import { SERVERS, type ServerEngine } from './engines.js'
import { describeEngines } from './on-engines.js'
import { otherConnection } from './other-connection.js'
import { dayFromNow, partitionsOn } from './partitions.js'
import { restrictedUser } from './restricted-user.js'
import { spanOf, traceIdOf } from './spans.js'

const NOON = 43_200_000
const at = (day: string, offset = NOON) => Date.parse(day) + offset

/** A trace of one span on each of these days. */
const tracesOn = (days: readonly string[]) =>
  days.map((day, n) => ({ ...spanOf(traceIdOf(n + 1), 0), startedAt: at(day), endedAt: at(day, NOON + 1) }))

const TODAY = dayFromNow(0)
const THREE_DAYS_AGO = dayFromNow(-3)
const DAYS = [THREE_DAYS_AGO, TODAY, '2019-05-04', dayFromNow(365)]

async function readBack({ traces }: Storage, count: number): Promise<number> {
  const found = await Promise.all(Array.from({ length: count }, (_, n) => traces.get(traceIdOf(n + 1))))
  return found.filter((trace) => trace !== null).length
}

describeEngines((it, engine) => {
  const { days, traces } = partitionsOn(engine)

  it('a batch of traces from years apart is written whole', async ({ storage }) => {
    await storage.traces.write(tracesOn(DAYS))
    expect(await readBack(storage, DAYS.length)).toBe(DAYS.length)
  })

  it('recent days lie in partitions of their own', async ({ database, storage }) => {
    await storage.traces.write(tracesOn(DAYS))
    const together = [...(await traces(database)).values()]
    expect(together).toContainEqual([traceIdOf(1)])
    expect(together).toContainEqual([traceIdOf(2)])
  })

  it('days long ago and far ahead have none', async ({ database, storage }) => {
    await storage.traces.write(tracesOn(DAYS))
    expect(await days(database)).not.toEqual(expect.arrayContaining(['2019-05-04']))
    expect(await days(database)).not.toEqual(expect.arrayContaining([dayFromNow(365)]))
  })

  it('the days ahead have theirs after the first write', async ({ database, storage }) => {
    await storage.traces.write(tracesOn([TODAY]))
    expect(await days(database)).toEqual(expect.arrayContaining([TODAY, dayFromNow(1), dayFromNow(2), dayFromNow(3)]))
  })

  it('a trace that crosses midnight lies whole in one partition', async ({ database, storage }) => {
    const [before, after] = [at(TODAY, -1), at(TODAY, 1)]
    await storage.traces.write([{ ...spanOf(traceIdOf(1), 0), startedAt: before, endedAt: after }])
    await storage.traces.write([{ ...spanOf(traceIdOf(1), 1), startedAt: after, endedAt: after + 1 }])
    expect([...(await traces(database)).values()]).toEqual([[traceIdOf(1)]])
    expect((await storage.traces.get(traceIdOf(1)))?.spans).toHaveLength(2)
  })

  it('a span that is sent again with another day stays one', async ({ database, storage }) => {
    const [span] = tracesOn([TODAY])
    await storage.traces.write([span!])
    await storage.traces.write([{ ...span!, startedAt: at(THREE_DAYS_AGO) }])
    expect(await database.prompt.query('select trace_id from freehold_spans')).toHaveLength(1)
  })

  it('several that make one day at once all write', async ({ database }) => {
    const stores = await Promise.all([1, 2, 3, 4].map(() => database.connect()))
    const results = await Promise.all(
      stores.map(({ traces }, n) => traces.write([{ ...tracesOn([TODAY])[0]!, traceId: traceIdOf(n + 1) }])),
    )
    await Promise.all(stores.map((storage) => storage.close()))
    expect(results.map(({ written }) => written)).toEqual([1, 1, 1, 1])
  })

  it('who may not change the schema writes all the same', async ({ database, storage }) => {
    const restricted = await restrictedUser(database, engine.family)
    const user = await database.connect({ url: restricted.url, schema: 'check' })
    const { written } = await user.traces.write(tracesOn(DAYS))
    await user.close()
    await restricted.drop()
    expect([written, await readBack(storage, DAYS.length)]).toEqual([DAYS.length, DAYS.length])
  })

  it('a day whose rows lie in the default partition holds up no later day', async ({ database, storage }) => {
    const restricted = await restrictedUser(database, engine.family)
    const user = await database.connect({ url: restricted.url, schema: 'check' })
    await user.traces.write(tracesOn([TODAY]))
    await user.close()
    await restricted.drop()
    await storage.traces.write(tracesOn([TODAY]))
    expect(await days(database)).toEqual(expect.arrayContaining([dayFromNow(1), dayFromNow(2), dayFromNow(3)]))
  })

  it('a lock that keeps the partition from being made does not fail the write', async ({ database, storage }) => {
    const reader = await otherConnection((engine as ServerEngine).kind, database.url)
    for (const statement of ['begin', 'select * from freehold_spans']) await reader.run(statement)
    const { written } = await storage.traces.write(tracesOn([TODAY]))
    await reader.end()
    expect(written).toBe(1)
  })
}, SERVERS)
