import { setImmediate as turn } from 'node:timers/promises'
import { auditApprovals, openStorage, type Storage, StoreError } from 'freehold'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PLACES } from './support/places.js'

const MINUTES = 60
/** Longest pause of a worker that fails, and its least by chance, in milliseconds. */
const PAUSE = 15_000

afterEach(() => void vi.useRealTimers())

describe.each(PLACES)(
  'an audit that is away for an hour, by the clock of a worker, from approvals on %s',
  (_, open) => {
    it('has all that happened meanwhile, once and in order, and was asked for it now and then', {
      timeout: 300_000,
    }, async () => {
      const place = await open()
      const storage = await openStorage({ databases: { main: place.url }, migrate: true })
      const { store, vault } = withVault(storage)
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const failures = vi.fn()
      const audited = () => auditApprovals(store, { interval: 1_000, onError: failures })
      try {
        let worker = audited()
        await vault.pass(5_000)
        vault.isAway = true
        for (let minute = 0; minute < MINUTES; minute++) {
          const id = `a${minute}`
          await storage.approvals.request({ id })
          await vault.pass(30_000)
          if (minute % 2 === 0) await storage.approvals.decide(id, { decision: 'approved', by: 'lena' })
          await vault.pass(30_000)
          if (minute === MINUTES / 2) {
            await worker.close()
            worker = audited()
          }
        }
        expect((await worker.state()).waiting).toBe(MINUTES)
        expect(failures.mock.calls.length).toBeGreaterThan(MINUTES / 2)
        expect(failures.mock.calls.length).toBeLessThan((MINUTES * 60_000) / PAUSE + 40)
        vault.isAway = false
        await vault.pass(120_000)
        expect(await worker.state()).toEqual({ waiting: 0, failing: 0, dead: 0 })
        await worker.close()
        const { items } = await storage.audit.read({ stream: 'approvals' }, { limit: 1_000 })
        const told = items.toReversed().map(({ approvalId, action, outcome }) => `${approvalId} ${action} ${outcome}`)
        const happened = Array.from({ length: MINUTES }, (_, minute) => [
          `a${minute} approval.requested blocked`,
          ...(minute % 2 === 0 ? [`a${minute} approval.decided approved`] : []),
        ])
        expect(told.sort()).toEqual(happened.flat().sort())
        for (const own of happened.filter(({ length }) => length === 2))
          expect(
            items
              .toReversed()
              .flatMap(({ approvalId, action }) => (own[0]!.startsWith(`${approvalId} `) ? [action] : [])),
          ).toEqual(['approval.requested', 'approval.decided'])
        expect(await storage.audit.verify('approvals')).toMatchObject({ status: 'ok', entries: told.length })
      } finally {
        vi.useRealTimers()
        await storage.close()
        await place.remove()
      }
    })
  },
)

/** A storage whose audit may be away, and whose time passes only while a worker waits. */
function withVault(storage: Storage) {
  let under = 0
  const vault = {
    isAway: false,
    async pass(time: number) {
      for (let passed = 0; passed < time; passed += 1_000) {
        await vi.advanceTimersByTimeAsync(1_000)
        do await turn()
        while (under > 0)
      }
    },
  }
  const watched = <S extends object>(store: S, before: () => void = () => {}): S =>
    new Proxy(store, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          under += 1
          try {
            before()
            return await Reflect.apply(method, target, args)
          } finally {
            under -= 1
          }
        }
      },
    })
  const away = () => {
    if (vault.isAway) throw new StoreError('unavailable', 'the vault is away')
  }
  const audit = watched(storage.audit, away)
  const store: Storage = {
    ...storage,
    audit,
    relay: watched(storage.relay),
    tenant: (id) => ({ ...storage.tenant(id), audit }),
  }
  return { store, vault }
}
