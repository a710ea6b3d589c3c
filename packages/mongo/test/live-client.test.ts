import { startProxy } from '@freehold/databases'
import { MongoClient, MongoNetworkError } from 'mongodb'
import { expect, test, vi } from 'vitest'
import { Database, Overdue } from '../src/database.js'
import { LiveClient } from '../src/live-client.js'
import { databaseUrl, newName, SERVER } from './server.js'

/** The parts of the driver that look out for a server, which no interface names. */
interface Inside {
  topology: { s: { servers: Map<string, Server> } }
}
interface Server {
  monitor: Monitor
  description: { topologyVersion: object | null }
  handleError(error: Error): void
}
interface Monitor {
  connection: { socket: { destroy(): void } } | null
  requestCheck(): void
}

/** Takes from the driver what a connection takes that ends just as its next check begins. */
async function makeStuck(client: MongoClient): Promise<void> {
  const [server] = (client as unknown as Inside).topology.s.servers.values()
  // The first check is the handshake; a second one on the same connection may begin half a second later.
  await new Promise((resolve) => setTimeout(resolve, 600))
  // Where the server told one (MongoDB from 4.4 on), the driver begins its look-out anew and is not stuck.
  server!.description.topologyVersion = null
  server!.monitor.connection!.socket.destroy()
  server!.monitor.requestCheck()
  await new Promise((resolve) => setTimeout(resolve, 50))
  server!.handleError(new MongoNetworkError('cut'))
}

/** Calls whose errors look different when no server is found. */
const CALLS: Readonly<Record<string, (live: LiveClient) => Promise<unknown>>> = {
  'a command': (live) => live.db('admin').command({ ping: 1 }),
  'a bulk write': (live) =>
    live
      .db(newName())
      .collection('none')
      .bulkWrite([{ deleteOne: { filter: {} } }]),
}

for (const [call, send] of Object.entries(CALLS))
  test.skipIf(SERVER === undefined)(
    `a client that never finds its server again is replaced after ${call}`,
    async () => {
      const made: MongoClient[] = []
      const make = () => {
        const options = { serverSelectionTimeoutMS: 1_000, serverMonitoringMode: 'poll' } as const
        const client = new MongoClient(databaseUrl(newName()), options)
        made.push(client)
        return client
      }
      const live = new LiveClient(make, 0)
      await send(live)
      await makeStuck(made[0]!)
      for (const _ of ['the first', 'the second']) await expect(send(live)).rejects.toThrow('cut')
      await send(live).catch((error: unknown) => live.notice(error))
      await send(live)
      expect(made).toHaveLength(2)
      await live.close()
    },
  )

test.skipIf(SERVER === undefined)('a client that was made while its server was away finds it again', async () => {
  const name = newName()
  const proxy = await startProxy(databaseUrl(name))
  let made = 0
  const make = () => {
    made += 1
    return new MongoClient(proxy.url, { serverSelectionTimeoutMS: 300, directConnection: true })
  }
  const patience = 600
  const live = new LiveClient(make, patience)
  const ping = () =>
    live.run(async () => {
      try {
        await live.db(name).command({ ping: 1 })
        return 'there'
      } catch (error) {
        live.notice(error)
        return 'away'
      }
    })
  expect(await ping()).toBe('there')
  await new Promise((resolve) => setTimeout(resolve, patience))
  proxy.leave()
  for (let n = 0; n < 4; n++) expect(await ping()).toBe('away')
  proxy.comeBack()
  await vi.waitFor(async () => expect(await ping()).toBe('there'), { timeout: 10_000 })
  const before = made
  for (let n = 0; n < 3; n++) expect(await ping()).toBe('there')
  expect(made).toBe(before)
  await live.close()
  await proxy.close()
})

test('a client that is closed is not replaced', async () => {
  const clients: MongoClient[] = []
  const live = new LiveClient(() => {
    clients.push(new MongoClient('mongodb://127.0.0.1:1'))
    return clients.at(-1)!
  }, 0)
  await live.close()
  clients[0]!.emit('topologyClosed', {} as never)
  live.notice(Object.assign(new Error(), { name: 'MongoServerSelectionError' }))
  expect(clients).toHaveLength(1)
})

test.skipIf(SERVER === undefined)('a client is not replaced for other errors, nor soon after it was made', async () => {
  let made = 0
  const make = () => {
    made += 1
    return new MongoClient(databaseUrl(newName()))
  }
  const live = new LiveClient(make)
  live.notice(Object.assign(new Error(), { name: 'MongoServerSelectionError' }))
  const impatient = new LiveClient(make, 0)
  impatient.notice(new Error('something else'))
  expect(made).toBe(2)
  await Promise.all([live.close(), impatient.close()])
})

test('a command that never ends is given up, and its place in the line is free again', async () => {
  const database = new Database(() => expect.fail('no database is asked for'), 'freehold_', { pool: 1, longest: 50 })
  await expect(database.send(() => new Promise(() => undefined))).rejects.toBeInstanceOf(Overdue)
  expect(await database.send(async () => 'next')).toBe('next')
})
