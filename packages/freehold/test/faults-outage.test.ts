import { setTimeout as sleep } from 'node:timers/promises'
import { type Storage, StoreError } from '@freehold/contract'
import { type Server, startServer } from '@freehold/databases'
import type { Engine } from '@freehold/databases/engines'
import { openStorage } from 'freehold'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AVAILABLE, databaseUrl, newDatabase } from './support/servers.js'
import { WRITES } from './support/writes.js'

/** Writers at once, and writes of each after the server is back. */
const WRITERS = 4
const WRITES_AFTERWARDS = 5

describe.each(AVAILABLE)('on %s, a server that goes away during a load', (engine: Engine) => {
  let server: Server
  let storage: Storage

  beforeAll(async () => {
    server = await startServer(engine)
    storage = await openStorage(databaseUrl(server.url, await newDatabase(engine, server.url)), { migrate: true })
  }, 120_000)
  afterAll(async () => {
    await storage?.close()
    await server?.dispose()
  })

  /** Writes until told to stop, each write again until it is acknowledged. Resolves to the ids of what was. */
  async function writer(name: string, load: { over: boolean; failed: () => void }): Promise<string[]> {
    const acknowledged: string[] = []
    for (let n = 0, more = WRITES_AFTERWARDS; more > 0; n++) {
      const id = `${name} ${n}`
      await until(load, () => Promise.all(WRITES.map((one) => one.prepare(storage, id))))
      await until(load, () => Promise.all(WRITES.map((one) => one.write(storage, id))))
      acknowledged.push(id)
      if (load.over) more -= 1
    }
    return acknowledged
  }

  async function until(load: { failed: () => void }, work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      const error: unknown = await work().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      if (error === undefined) return
      if (!StoreError.is(error) || !error.retryable) throw error
      load.failed()
    }
  }

  // Longer than a driver takes to give a server up: what it then holds of it must come back to life.
  for (const [end, away] of [
    ['stop', 0],
    ['kill', 13_000],
  ] as const)
    it(`by ${end}, for ${away} ms, loses nothing that was acknowledged, and the same store goes on when it is back`, async () => {
      let noticed: () => void
      const failing = new Promise<void>((resolve) => {
        noticed = resolve
      })
      const load = { over: false, failed: () => noticed() }
      const writing = Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(`${end} ${i}`, load)))
      await server[end]()
      await Promise.race([failing, writing])
      await sleep(away)
      await server.start()
      load.over = true
      const ids = (await writing).flat()
      for (const id of ids)
        for (const one of WRITES) expect(await one.read(storage, id), `${one.name} ${id}`).toEqual(one.expected(id))
      expect(ids.length).toBeGreaterThanOrEqual(WRITERS * WRITES_AFTERWARDS)
    }, 180_000)
})
