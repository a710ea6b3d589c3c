import assert from 'node:assert/strict'
import { type Migrations, type Storage, StoreError } from '@freehold/contract'
import { type Chapter, law } from '../case.js'
import { EVERY_CALL, furnish, MIGRATION_CALLS, PURGE_CALLS, RELAY_CALLS, snapshot } from './methods.js'
import { range, span, traceId } from './spans.js'

async function refusedAsClosed(name: string, call: () => Promise<unknown>): Promise<void> {
  const error = await call().then(
    () => assert.fail(`${name} resolved although the store is closed`),
    (reason: unknown) => reason,
  )
  assert.ok(StoreError.is(error, 'unavailable'), `${name} was refused with ${String(error)}, not as unavailable`)
  assert.equal(error.retryable, false, `${name} tells its caller to try again`)
}

/** Writes of every domain, and whether each is there afterwards. */
const WRITES: readonly [
  write: (on: Storage, n: number) => Promise<unknown>,
  read: (on: Storage, n: number) => unknown,
][] = [
  [
    (on, n) => on.traces.write([span(1, { traceId: traceId(n) }), span(2, { traceId: traceId(n) })]),
    (on, n) => on.traces.get(traceId(n)),
  ],
  [(on, n) => on.sessions.save({ id: `session ${n}`, type: 'agent' }), (on, n) => on.sessions.get(`session ${n}`)],
  [(on, n) => on.approvals.request({ id: `approval ${n}` }), (on, n) => on.approvals.get(`approval ${n}`)],
  [
    (on, n) => on.audit.append([{ id: `entry ${n}`, actor: 'us', action: 'closing' }]),
    (on, n) => on.audit.get(`entry ${n}`),
  ],
]

export const lifecycleCases: Chapter = {
  name: 'life cycle',
  cases: [
    law('a committed write is read by another connection and survives reopening', async ({ storage, connect }) => {
      const other = await connect()
      await furnish(storage, 'us')
      const written = await snapshot(storage)
      assert.deepEqual(await snapshot(other), written)
      await storage.close()
      await other.close()
      assert.deepEqual(await snapshot(await connect()), written)
    }),

    law('after close every method is refused as unavailable and is not retryable', async ({ storage }) => {
      const tenant = storage.tenant('acme')
      await storage.close()
      for (const on of [storage, tenant])
        for (const call of EVERY_CALL) await refusedAsClosed(call.name, () => call.on(on))
      for (const call of [...RELAY_CALLS, ...PURGE_CALLS]) await refusedAsClosed(call.name, () => call.on(storage))
      for (const [name, call] of Object.entries(MIGRATION_CALLS))
        await refusedAsClosed(`migrations.${name}`, () =>
          (call as (on: Migrations) => Promise<unknown>)(storage.migrations),
        )
    }),

    law('a write in flight when close is called is either acknowledged and kept or refused', async ({ connect }) => {
      const reader = await connect()
      for (const n of range(5, 1)) {
        const storage = await connect()
        const ended = Promise.allSettled(WRITES.map(([write]) => write(storage, n)))
        await storage.close()
        for (const [i, outcome] of (await ended).entries())
          if (outcome.status === 'rejected')
            assert.ok(StoreError.is(outcome.reason, 'unavailable'), `refused with ${String(outcome.reason)}`)
          else assert.ok(await WRITES[i]?.[1](reader, n), 'a write was acknowledged and is not there')
      }
    }),

    law('closing twice is closing once', async ({ connect }) => {
      const storage = await connect()
      await Promise.all([storage.close(), storage.close()])
      await storage.close()
    }),
  ],
}
