import { once } from 'node:events'
import { type AddressInfo, connect as connectTo, createServer } from 'node:net'
import type { Storage } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import { describe, expect, test } from 'vitest'
import { KINDS_OF_CALLS } from '../../sql/test/kinds-of-calls.js'
import { givenDatabase } from './given-database.js'
import { SERVER } from './server.js'

const CALLS = 3_000

/** Stands before the server, and lets nothing through while it is closed. */
async function startGate() {
  const { hostname, port } = new URL(SERVER!)
  let open = true
  const held: (() => void)[] = []
  const pass = (let_: () => void) => (open ? let_() : held.push(let_))
  const listener = createServer((client) => {
    const server = connectTo(Number(port), hostname)
    client.on('data', (data) => pass(() => server.write(data)))
    server.on('data', (data) => client.write(data))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const)
      socket.on('error', () => undefined).on('close', () => other.destroy())
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    close() {
      open = false
    },
    open() {
      open = true
      for (const let_ of held.splice(0)) let_()
    },
    end: () => listener.close(),
  }
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  test(`${CALLS} calls at once wait for their turn, and all are done`, async () => {
    const calls = Array.from({ length: CALLS }, (_, n) => KINDS_OF_CALLS[n % KINDS_OF_CALLS.length]!(storage, n))
    const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected')
    expect(failed).toEqual([])
  }, 240_000)

  test('calls at once on a pool of one connection do not wait for each other in a circle', async () => {
    const one = await connect({ url, pool: 1 })
    await Promise.all(Array.from({ length: 100 }, (_, n) => KINDS_OF_CALLS[n % KINDS_OF_CALLS.length]!(one, n)))
    expect((await one.approvals.queue()).depth).toBe(17)
    await one.close()
  })

  test('calls that wait for a pool of which nothing comes are told that it is stuck', async () => {
    const gate = await startGate()
    const slow = new URL(url)
    slow.port = String(gate.port)
    slow.searchParams.set('waitQueueTimeoutMS', '300')
    const one = await connect({ url: slow.href, pool: 1 })
    gate.close()
    const first = one.sessions.list()
    const error = await one.approvals.queue().catch((reason) => reason)
    expect(error).toMatchObject({ code: 'timeout', retryable: true })
    expect(error.message).toMatch(/the one connection of the pool is busy.*0\.3 s.*`pool`/)
    gate.open()
    expect(await first).toEqual({ items: [] })
    expect(await one.sessions.list()).toEqual({ items: [] })
    await one.close()
    gate.end()
  })
})
