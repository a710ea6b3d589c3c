import { MongoClient, MongoNetworkError } from 'mongodb'
import { expect, test } from 'vitest'
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

test.skipIf(SERVER === undefined)('a client that never finds its server again is replaced', async () => {
  const made: MongoClient[] = []
  const make = () => {
    const options = { serverSelectionTimeoutMS: 1_000, serverMonitoringMode: 'poll' } as const
    const client = new MongoClient(databaseUrl(newName()), options)
    made.push(client)
    return client
  }
  const live = new LiveClient(make, 0)
  const ping = () => live.db('admin').command({ ping: 1 })
  await ping()
  await makeStuck(made[0]!)
  for (const _ of ['the first', 'the second'])
    await expect(ping()).rejects.toMatchObject({ name: 'MongoServerSelectionError' })
  await ping().catch((error: unknown) => live.notice(error))
  expect(await ping()).toMatchObject({ ok: 1 })
  expect(made).toHaveLength(2)
  await live.close()
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

test('work that never ends is given up', async () => {
  const database = new Database(() => expect.fail('no database is asked for'), 'freehold_', 50)
  await expect(database.retry(() => new Promise(() => undefined))).rejects.toBeInstanceOf(Overdue)
})
