import { type Storage, StoreError } from '@freehold/contract'
import { type CuttingProxy, startProxy } from '@freehold/databases'
import { type Engine, urlOf } from '@freehold/databases/engines'
import { openStorage } from 'freehold'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AVAILABLE, databaseUrl, newDatabase, removeDatabase } from './support/servers.js'
import { WRITES, type Write } from './support/writes.js'

/** A driver that sends a write again by itself hides a single cut; on many servers it cannot. */
const WITHOUT_RETRIES: [Engine, string][] = AVAILABLE.includes('mongodb') ? [['mongodb', 'retryWrites=false']] : []
const SERVERS = [...AVAILABLE.map((engine): [Engine, string] => [engine, '']), ...WITHOUT_RETRIES]

/** For as long as that is worth it: a driver may take its time to find the server again. */
async function again(send: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;)
    try {
      await send()
      return
    } catch (error) {
      if (!StoreError.is(error, 'unavailable') || Date.now() > deadline) throw error
    }
}

describe.each(SERVERS)('on %s %s, a connection that is cut', (engine, option) => {
  const server = urlOf(engine)!
  let name: string
  let proxy: CuttingProxy
  let storage: Storage

  beforeAll(async () => {
    name = await newDatabase(engine, server)
    proxy = await startProxy(server)
    const url = new URL(databaseUrl(proxy.url, name))
    for (const [key, value] of new URLSearchParams(option)) url.searchParams.set(key, value)
    storage = await openStorage(url.href, { migrate: true })
  })
  afterAll(async () => {
    await storage.close()
    await proxy.close()
    await removeDatabase(engine, server, name)
  })

  /** Cuts at the first message, the second and so on, until the write gets by. Resolves to how many cuts there were. */
  async function cutEverywhere(side: 'request' | 'reply', one: Write): Promise<number> {
    for (let n = 1; ; n++) {
      const id = `${side} ${n}`
      await one.prepare(storage, id)
      proxy.cutAt(side, n)
      const failure: unknown = await one.write(storage, id).then(
        () => undefined,
        (error: unknown) => error,
      )
      proxy.heal()
      if (failure !== undefined && !StoreError.is(failure, 'unavailable')) throw failure
      if (failure !== undefined) await again(() => one.write(storage, id))
      expect(await one.read(storage, id), `after a cut at ${id}`).toEqual(one.expected(id))
      if (!proxy.cut) return n - 1
    }
  }

  for (const one of WRITES)
    for (const side of ['request', 'reply'] as const)
      it(`at any ${side} of a write of ${one.name} is unavailable, and the write is done when it is sent again`, async () => {
        expect(await cutEverywhere(side, one)).toBeGreaterThanOrEqual(2)
      })
})
