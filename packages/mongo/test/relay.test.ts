import type { Delivery, Settlement } from '@freehold/contract'
import { type CommandStartedEvent, MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MongoApprovals } from '../src/approvals.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoRelay } from '../src/relay.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

let name: string
let client: MongoClient
let db: Database
let approvals: MongoApprovals
let relay: MongoRelay
let commands: CommandStartedEvent[]

const allTold = ({ tenant, approval, events }: Delivery): Settlement => ({
  tenant,
  approvalId: approval.id,
  requestedAt: approval.requestedAt,
  seq: events.at(-1)!.seq,
})

const request = async (count: number, from = 0) => {
  for (let at = from; at < from + count; at += 50) {
    const part = Array.from({ length: Math.min(50, from + count - at) }, (_, i) => `a ${at + i}`)
    await Promise.all(part.map((id) => approvals.request({ id })))
  }
}

const counted = async (act: () => Promise<unknown>) => {
  commands = []
  await act()
  // A lease is made to last where the machine is slow.
  return commands.filter(({ command }) => command.update !== 'freehold_approval_consumers').length
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

describe.skipIf(SERVER === undefined)('on a server', () => {
  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { monitorCommands: true, ignoreUndefined: true })
    db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['approvals']).up()
    approvals = new MongoApprovals(db, 'default')
    relay = new MongoRelay(db)
    commands = []
    client.on('commandStarted', (event) => commands.push(event))
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  test('what was handed out again of an approval that is being removed is forgotten, and holds up nothing', async () => {
    await relay.register('mail')
    await request(1)
    await approvals.cancel('a 0', 'us')
    const [told] = (await relay.take('mail', 'us'))!
    await relay.settle('mail', [allTold(told!)])
    const left = await db.collection('approval_relays').findOne({})
    expect(await approvals.remove('a 0')).toBe(true)
    await db.collection('approval_relays').insertOne({ ...left!, seq: 0, nextAt: new Date(1) })
    expect(await relay.state('mail')).toMatchObject({ waiting: 1 })
    expect(await relay.take('mail', 'us')).toEqual([])
    expect(await relay.state('mail')).toMatchObject({ waiting: 0 })
  })

  test('taking nothing takes two commands, and of a hundred approvals as many as of ten', async () => {
    for (const consumer of ['mail', 'chat']) await relay.register(consumer)
    await relay.take('mail', 'us')
    expect(await counted(() => relay.take('mail', 'us'))).toBe(2)
    await request(10)
    let taken: Delivery[] | null = null
    const take = async () => {
      taken = await relay.take('mail', 'us')
    }
    expect(await counted(take)).toBe(8)
    expect(taken).toHaveLength(10)
    expect(await counted(() => relay.settle('mail', taken!.map(allTold)))).toBe(2)
    await request(100, 10)
    expect(await counted(take)).toBe(8)
    expect(taken).toHaveLength(100)
    await Promise.all(taken!.map(({ approval }) => approvals.cancel(approval.id, 'us')))
    // One more for what is there already.
    expect(await counted(take)).toBe(9)
  })

  test('a consumer from the start is told of more than is looked through at a time, each once', async () => {
    await relay.register('early')
    await request(1100)
    await new MongoApprovals(db, 'another').request({ id: 'theirs' })
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
    const event = { id: 'e', seq: 2, type: 'cancelled', by: 'old', at: new Date(Date.now() + 1000), atUs: 0 }
    const update = { $set: { status: 'cancelled', version: 2 }, $push: { events: event } }
    await db.collection('approvals').updateOne({ _id: { tenant: 'default', id: 'a 1' } }, update as never)
    expect(await tellAll('mail')).toEqual([])
    await relay.register('mail')
    expect(await tellAll('mail')).toEqual(['a 1 2 cancelled'])
  })

  test('what a build before handed out, which does not say of which approval, is settled', async () => {
    await relay.register('mail')
    await request(1)
    const taken = (await relay.take('mail', 'us'))!
    await db.collection('approval_relays').updateMany({}, { $unset: { requestedAt: '' } })
    await relay.settle('mail', taken.map(allTold))
    expect(await relay.state('mail')).toMatchObject({ waiting: 0 })
  })

  test('a lease that is over is taken by another', async () => {
    await relay.register('mail')
    await relay.take('mail', 'dead')
    expect(await relay.take('mail', 'next')).toBeNull()
    await db.collection('approval_consumers').updateMany({}, { $set: { until: new Date(1000) } })
    expect(await relay.take('mail', 'next')).toEqual([])
    expect(await relay.take('mail', 'dead')).toBeNull()
  })

  test('who stops between handing out and closing leaves what is told once more at most', async () => {
    await relay.register('mail')
    await request(1)
    expect(await tellAll('mail')).toEqual(['a 0 1 requested'])
    await db.collection('approvals').updateMany({}, { $unset: { settled: '' } })
    expect(await tellAll('mail')).toEqual([])
    await approvals.cancel('a 0', 'us')
    expect(await tellAll('mail')).toEqual(['a 0 2 cancelled'])
  })
})
